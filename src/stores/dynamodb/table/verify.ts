import {
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb'
import type { TailfoldError } from '../../../core/base/errors.ts'
import { storeFailure } from '../../../core/base/failures.ts'
import { onTable, type Target } from '../failures.ts'
import { tableRequests } from '../requests.ts'
import { entityIndex } from '../stored-form.ts'
import { addIndexCommand, tableDefinition } from './definition.ts'

/** What {@link verifyTable} checks in addition to the table's description. */
export interface VerifyTableOptions {
  /**
   * Try a read and a write as well, with the caller's own permissions: a query that finds nothing, and a put whose
   * condition cannot hold. Nothing is written; costs one read unit and one write unit. Default false.
   */
  readonly access?: boolean
  /** Require the index that `listEntities` needs; with `access`, read it as well. Default false. */
  readonly listEntities?: boolean
}

const operation = 'verify a table'

/**
 * Throws `store-unavailable` unless the table exists with the keys it must have, is in use, and has no eventually
 * consistent replicas; the message names what differs and what to do. One request, which needs the permission
 * `dynamodb:DescribeTable`: for deployments and local servers. Functions neither have nor need it.
 */
export async function verifyTable(
  client: DynamoDBClient,
  tableName: string,
  { access = false, listEntities = false }: VerifyTableOptions = {},
): Promise<void> {
  const target = { client, tableName }
  const table = await readTable(operation, target)
  const problem = problemOf(table) ?? (listEntities ? indexProblem(table) : undefined)
  if (problem !== undefined) throw unfitTable(operation, tableName, problem)
  if (access) await tryAccess(target, listEntities)
}

/** The table as DynamoDB describes it: one request. Rejects with `store-unavailable`. */
export async function readTable(why: string, target: Target): Promise<TableDescription> {
  const command = new DescribeTableCommand({ TableName: target.tableName })
  const { Table = {} } = await onTable(why, target, () => target.client.send(command))
  return Table
}

/** The error for a table that a journal must not use. */
export function unfitTable(what: string, tableName: string, problem: string): TailfoldError {
  return storeFailure(what, `table ${tableName} ${problem}`, { applied: 'no', retryable: false })
}

/**
 * Why a journal must not use a table, as far as its description shows, and what to do; `undefined` for a table that is
 * fit. Completes "table …".
 */
export function problemOf(table: TableDescription): string | undefined {
  const { TableName, TableStatus, Replicas = [] } = table
  const [expected, actual] = [keysOf(tableDefinition('')), keysOf(table)]
  if (actual !== expected) {
    return `has ${actual}, but needs ${expected}; keys cannot be changed: name another table, or create one with \`npx tailfold table create\``
  }
  if (TableStatus === 'CREATING')
    return `is CREATING; wait for it with \`npx tailfold table wait --table ${TableName}\``
  if (TableStatus !== 'ACTIVE' && TableStatus !== 'UPDATING')
    return `is ${TableStatus}; restore it, or create another one with \`npx tailfold table create\``
  if (replicaConsistency(table) === 'eventual') {
    const regions = Replicas.map(({ RegionName }) => RegionName).join(', ') || 'version 2017.11.29'
    return `is a global table with eventually consistent replicas (${regions}): two Regions may both accept a commit at one revision, and one of the two is lost; use a table without replicas, or a global table created with multi-Region strong consistency`
  }
  return undefined
}

/** Why a table's entities cannot be listed, and what to do; `undefined` when they can be. Completes "table …". */
export function indexProblem(table: TableDescription): string | undefined {
  const { AttributeDefinitions, GlobalSecondaryIndexes = [], TableName = '' } = table
  const index = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === entityIndex)
  const definition = tableDefinition(TableName)
  const expected = keysOf({ ...definition, KeySchema: definition.GlobalSecondaryIndexes?.[0]?.KeySchema })
  const actual = index && keysOf({ KeySchema: index.KeySchema, AttributeDefinitions })
  if (actual === expected) return undefined
  const what =
    actual === undefined ? 'has no index' : `has ${actual}, but needs ${expected}, as keys of its index`
  return `${what} ${entityIndex}: entities cannot be listed, everything else works; if you list entities: ${addIndexCommand(TableName)}`
}

/** Whether the replicas of a global table see each other's writes at once; `undefined` for a table without replicas. */
export function replicaConsistency(table: TableDescription): 'strong' | 'eventual' | undefined {
  const { Replicas = [], MultiRegionConsistency, GlobalTableVersion } = table
  // Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
  if (GlobalTableVersion === '2017.11.29') return 'eventual'
  if (Replicas.length === 0) return undefined
  return MultiRegionConsistency === 'STRONG' ? 'strong' : 'eventual'
}

/** Such as `pk S as HASH, sk N as RANGE`. */
export function keysOf({
  KeySchema = [],
  AttributeDefinitions = [],
}: Pick<TableDescription, 'KeySchema' | 'AttributeDefinitions'>): string {
  const described = KeySchema.map(({ AttributeName, KeyType }) => {
    const definition = AttributeDefinitions.find((attribute) => attribute.AttributeName === AttributeName)
    return `${AttributeName} ${definition?.AttributeType} as ${KeyType}`
  })
  return described.join(', ') || 'no keys'
}

/** No entity's key contains `//`. */
const absent = { pk: { S: '//verify' }, sk: { N: '0' } }

async function tryAccess(target: Target, listEntities: boolean): Promise<void> {
  const { query, write } = tableRequests(target)
  const values = { ':key': absent.pk }
  const page = { ExpressionAttributeValues: values, Limit: 1 }
  await query('read a table', { KeyConditionExpression: 'pk = :key', ...page }, {})
  if (listEntities)
    await query('list keys', { IndexName: entityIndex, KeyConditionExpression: 'l = :key', ...page }, {})
  const { tableName: TableName } = target
  const put = new PutItemCommand({ TableName, Item: absent, ConditionExpression: 'attribute_exists(pk)' })
  await write('write to a table', put, {})
}
