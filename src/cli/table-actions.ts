import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb'
import { type DynamoDbClientOptions, dynamoDbClient } from '../stores/dynamodb/client.ts'
import type { Target } from '../stores/dynamodb/failures.ts'
import { expiryAttribute } from '../stores/dynamodb/stored-form.ts'
import { createTable } from '../stores/dynamodb/table/create.ts'
import { streamProblem } from '../stores/dynamodb/table/stream.ts'
import {
  indexProblem,
  keysOf,
  problemOf,
  readTable,
  replicaConsistency,
  unfitTable,
} from '../stores/dynamodb/table/verify.ts'
import { waitForTable } from '../stores/dynamodb/table/wait.ts'

/** A command line `tailfold table …` that was understood. */
export interface TableArguments {
  readonly action: 'create' | 'describe' | 'wait'
  readonly tableName: string
  readonly client: DynamoDbClientOptions
  readonly json: boolean
  /** Create a table of rows, not of a journal. */
  readonly rows?: boolean
  /** How long `wait` waits. */
  readonly timeoutSeconds: number
}

/**
 * Creates, describes or waits for a table, and prints what is there then. Throws `store-unavailable` when that fails or
 * the table is not fit for a journal, with what to do about it.
 */
export async function carryOut(request: TableArguments, print: (text: string) => void): Promise<void> {
  const { action, tableName, json } = request
  const client = dynamoDbClient(request.client)
  const target = { client, tableName }
  try {
    if (request.rows) return await createRows(request, client, print)
    const created = action === 'create' ? await createTable(client, tableName) : undefined
    if (action === 'wait') await waitForTable(target, request.timeoutSeconds)
    const { problem, advice, ...table } = await reportOn(target)
    const where = request.client.endpoint ?? `AWS, region ${await client.config.region()}`
    const done = created?.created ? 'is created and active' : created ? 'was there already' : 'is active'
    if (json) print(`${JSON.stringify({ ...created, tableName, ...table, problem, advice })}\n`)
    else {
      print(`Table ${tableName} in ${where}${action === 'describe' ? `\n${rows(table)}` : ` ${done}.\n`}`)
      for (const line of advice) print(`advice: it ${line}\n`)
      const fits = action === 'describe' && problem === undefined && advice.length === 0
      if (fits) print('Nothing differs from what a journal needs.\n')
    }
    if (problem !== undefined) throw unfitTable('use a table', tableName, problem)
  } finally {
    client.destroy()
  }
}

async function createRows(
  { tableName, json, client: { endpoint } }: TableArguments,
  client: DynamoDBClient,
  print: (text: string) => void,
): Promise<void> {
  const { createRowsTable } = await import('../stores/dynamodb/rows/table.ts')
  const { created } = await createRowsTable(client, tableName)
  const where = endpoint ?? `AWS, region ${await client.config.region()}`
  const done = created ? 'is created and active' : 'was there already'
  print(
    json
      ? `${JSON.stringify({ created, tableName })}\n`
      : `Table of rows ${tableName} in ${where} ${done}.\n`,
  )
}

/** A row for each setting: `  time to live            on`. */
function rows(table: object): string {
  const lines = Object.entries(table).map(([name, value]) => {
    const label = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    return `  ${label.padEnd(22)}  ${String(value) || 'none'}\n`
  })
  return lines.join('')
}

/** What is there, and what differs from a table that Tailfold creates: three requests, of which the last two may fail. */
async function reportOn(target: Target) {
  const { client, tableName: TableName } = target
  const [table, timeToLive, backups] = await Promise.all([
    readTable('describe a table', target),
    client.send(new DescribeTimeToLiveCommand({ TableName })).catch(() => undefined),
    client.send(new DescribeContinuousBackupsCommand({ TableName })).catch(() => undefined),
  ])
  const { AttributeDefinitions, GlobalSecondaryIndexes = [], Replicas = [], StreamSpecification } = table
  const { AttributeName, TimeToLiveStatus = '' } = timeToLive?.TimeToLiveDescription ?? {}
  const isExpiring = AttributeName === expiryAttribute && TimeToLiveStatus.startsWith('ENABL')
  const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription
  const settings = {
    timeToLive: setting(timeToLive, isExpiring),
    pointInTimeRecovery: setting(backups, recovery?.PointInTimeRecoveryStatus === 'ENABLED'),
  }
  const problem = problemOf(table)
  return {
    status: table.TableStatus,
    keys: keysOf(table),
    billing: table.BillingModeSummary?.BillingMode ?? 'PROVISIONED',
    itemCount: table.ItemCount ?? 0,
    sizeBytes: table.TableSizeBytes ?? 0,
    indexes: GlobalSecondaryIndexes.map(
      ({ IndexName, KeySchema, IndexStatus = 'ACTIVE' }) =>
        `${IndexName}: ${keysOf({ KeySchema, AttributeDefinitions })} (${IndexStatus})`,
    ),
    ...settings,
    deletionProtection: table.DeletionProtectionEnabled ? 'on' : 'off',
    stream: StreamSpecification?.StreamEnabled ? StreamSpecification.StreamViewType : 'off',
    replicas: Replicas.map(({ RegionName }) => `${RegionName} (${replicaConsistency(table)})`),
    problem,
    // A table that cannot be used needs no improvement.
    advice: problem === undefined ? adviceOn(table, settings) : [],
  }
}

/** A setting; `unknown` where it may not be read, or the server does not know it, as DynamoDB Local. */
function setting(answer: object | undefined, isOn: boolean): 'on' | 'off' | 'unknown' {
  return answer === undefined ? 'unknown' : isOn ? 'on' : 'off'
}

/** What a fit table lacks. Completes "it …". */
function adviceOn(
  table: TableDescription,
  { timeToLive, pointInTimeRecovery }: Record<'timeToLive' | 'pointInTimeRecovery', string>,
): readonly string[] {
  const { TableName } = table
  const advice = [
    replicaConsistency(table) === 'strong' &&
      "is a global table with multi-Region strong consistency, which takes no transactions: dedupe: 'always' fails; leave dedupe at its default",
    indexProblem(table),
    streamProblem(table),
    timeToLive === 'off' &&
      `has no time to live on ${expiryAttribute}: command ids of dedupe: 'always' are never deleted; \`npx tailfold table create --table ${TableName}\` enables it`,
    pointInTimeRecovery === 'off' &&
      `has no point-in-time recovery: what is deleted by mistake is lost; aws dynamodb update-continuous-backups --table-name ${TableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
  ]
  return advice.filter((line) => typeof line === 'string')
}
