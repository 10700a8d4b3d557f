import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb'
import { expiryAttribute } from '../stored-form.ts'
import { describeKeys, isEventuallyConsistent, type TableFinding, tableFindings } from './findings.ts'
import { readTable } from './request.ts'

/** A setting of a table; `unknown` where it may not be read, or the server does not know it, as DynamoDB Local. */
export type TableSetting = 'on' | 'off' | 'unknown'

/** A table as {@link describeTable} found it. */
export interface TableReport {
  readonly tableName: string
  readonly arn: string
  /** As `ACTIVE`. */
  readonly status: string
  /** As `pk S as HASH, sk N as RANGE`. */
  readonly keys: string
  readonly billing: 'PAY_PER_REQUEST' | 'PROVISIONED'
  /** As DynamoDB counted last; it counts about every six hours. */
  readonly itemCount: number
  readonly sizeBytes: number
  readonly indexes: ReadonlyArray<{ readonly name: string; readonly keys: string; readonly status: string }>
  /** Of the attribute that holds when command ids expire. */
  readonly timeToLive: TableSetting
  readonly pointInTimeRecovery: TableSetting
  readonly deletionProtection: TableSetting
  /** What change records hold, as `NEW_IMAGE`; `off` without a stream. */
  readonly stream: string
  /** Regions of the other replicas. */
  readonly replicas: readonly string[]
  /** Of a global table. */
  readonly replicaConsistency?: 'strong' | 'eventual'
  /** What differs from a table that Tailfold creates, worst first. Empty when nothing does. */
  readonly findings: readonly TableFinding[]
}

/**
 * What is there under the name of a table, and what differs from what a journal needs. Three requests; those for time to
 * live and point-in-time recovery may fail, and the setting is `unknown` then. Throws `store-unavailable` when the table
 * itself cannot be described.
 */
export async function describeTable(client: DynamoDBClient, tableName: string): Promise<TableReport> {
  const [table, timeToLive, pointInTimeRecovery] = await Promise.all([
    readTable(client, tableName, 'describe a table'),
    readTimeToLive(client, tableName),
    readPointInTimeRecovery(client, tableName),
  ])
  const settings = settingFindings(tableName, timeToLive, pointInTimeRecovery)
  const findings = [...tableFindings(table), ...settings]
  const wrong = findings.filter(({ kind }) => kind === 'wrong')
  return {
    ...shown(tableName, table),
    timeToLive,
    pointInTimeRecovery,
    // Nobody should improve a table that cannot be used.
    findings: wrong.length > 0 ? wrong : findings,
  }
}

function shown(
  tableName: string,
  table: TableDescription,
): Omit<TableReport, 'timeToLive' | 'pointInTimeRecovery' | 'findings'> {
  const { AttributeDefinitions, GlobalSecondaryIndexes = [], Replicas = [], StreamSpecification } = table
  const isGlobal = Replicas.length > 0 || table.GlobalTableVersion !== undefined
  return {
    tableName,
    arn: table.TableArn ?? '',
    status: table.TableStatus ?? '',
    keys: describeKeys(table.KeySchema, AttributeDefinitions),
    billing: table.BillingModeSummary?.BillingMode ?? 'PROVISIONED',
    itemCount: table.ItemCount ?? 0,
    sizeBytes: table.TableSizeBytes ?? 0,
    indexes: GlobalSecondaryIndexes.map(({ IndexName = '', KeySchema, IndexStatus = 'ACTIVE' }) => ({
      name: IndexName,
      keys: describeKeys(KeySchema, AttributeDefinitions),
      status: IndexStatus,
    })),
    deletionProtection: settingOf(table.DeletionProtectionEnabled),
    stream: StreamSpecification?.StreamEnabled ? (StreamSpecification.StreamViewType ?? 'on') : 'off',
    replicas: Replicas.map(({ RegionName = '' }) => RegionName),
    ...(isGlobal && { replicaConsistency: isEventuallyConsistent(table) ? 'eventual' : 'strong' }),
  }
}

function settingFindings(
  tableName: string,
  timeToLive: TableSetting,
  pointInTimeRecovery: TableSetting,
): readonly TableFinding[] {
  const found: TableFinding[] = []
  if (timeToLive === 'off') {
    found.push({
      kind: 'advice',
      what: `has no time to live on ${expiryAttribute}: command ids of dedupe: 'always' stay for ever`,
      fix: `\`npx tailfold table create --table ${tableName}\` switches it on`,
    })
  }
  if (pointInTimeRecovery === 'off') {
    found.push({
      kind: 'advice',
      what: 'has no point-in-time recovery: what is deleted by mistake is gone',
      fix: `aws dynamodb update-continuous-backups --table-name ${tableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
    })
  }
  return found
}

async function readTimeToLive(client: DynamoDBClient, tableName: string): Promise<TableSetting> {
  const command = new DescribeTimeToLiveCommand({ TableName: tableName })
  const answer = await client.send(command).catch(() => undefined)
  if (answer === undefined) return 'unknown'
  const { TimeToLiveStatus, AttributeName } = answer.TimeToLiveDescription ?? {}
  const isOn = TimeToLiveStatus === 'ENABLED' || TimeToLiveStatus === 'ENABLING'
  return settingOf(isOn && AttributeName === expiryAttribute)
}

async function readPointInTimeRecovery(client: DynamoDBClient, tableName: string): Promise<TableSetting> {
  const command = new DescribeContinuousBackupsCommand({ TableName: tableName })
  const answer = await client.send(command).catch(() => undefined)
  if (answer === undefined) return 'unknown'
  const { PointInTimeRecoveryDescription: described } = answer.ContinuousBackupsDescription ?? {}
  return settingOf(described?.PointInTimeRecoveryStatus === 'ENABLED')
}

function settingOf(isOn: boolean | undefined): TableSetting {
  return isOn ? 'on' : 'off'
}
