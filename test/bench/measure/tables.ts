import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb'
import { type Item, itemBytes, writeUnits } from '../pricing.ts'
import { sdk } from '../sdk.ts'

/** Looks behind the requests of a library: whole items and what writing them costs, index writes included. */
export interface TableInspector {
  /** The stored item, by a consistent read that is not metered. */
  read(tableName: string, key: Item): Promise<Item | undefined>
  /** The key of an item that is put. */
  keyOf(tableName: string, item: Item): Promise<Item>
  /** Units that the secondary indexes of a table cost when an item changes. Index writes are never transactional. */
  indexUnits(tableName: string, before: Item | undefined, after: Item | undefined): Promise<number>
}

/** Inspects the tables a client sees. The client must not be metered itself. */
export function tableInspector(client: DynamoDBClient): TableInspector {
  const known = new Map<string, Promise<TableDescription>>()

  function describe(tableName: string): Promise<TableDescription> {
    const described =
      known.get(tableName) ??
      client.send(new sdk.DescribeTableCommand({ TableName: tableName })).then(({ Table = {} }) => Table)
    known.set(tableName, described)
    return described
  }

  return {
    async read(tableName, key) {
      const get = new sdk.GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true })
      return (await client.send(get)).Item
    },
    async keyOf(tableName, item) {
      const { KeySchema = [] } = await describe(tableName)
      return pick(item, namesOf(KeySchema))
    },
    async indexUnits(tableName, before, after) {
      const { KeySchema = [], GlobalSecondaryIndexes = [] } = await describe(tableName)
      return GlobalSecondaryIndexes.reduce((sum, index) => {
        const keys = namesOf(index.KeySchema ?? [])
        const all = index.Projection?.ProjectionType === 'ALL'
        const entry = (item: Item | undefined) => {
          if (item === undefined || keys.some((name) => item[name] === undefined)) return undefined
          return all ? item : pick(item, [...keys, ...namesOf(KeySchema)])
        }
        return sum + entryUnits(keys, entry(before), entry(after))
      }, 0)
    },
  }
}

function entryUnits(keys: readonly string[], before: Item | undefined, after: Item | undefined): number {
  const units = (item: Item | undefined) => (item === undefined ? 0 : writeUnits(itemBytes(item)))
  if (JSON.stringify(before) === JSON.stringify(after)) return 0
  const moved = keys.some((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]))
  return moved ? units(before) + units(after) : Math.max(units(before), units(after))
}

function namesOf(schema: readonly { readonly AttributeName: string | undefined }[]): string[] {
  return schema.map(({ AttributeName = '' }) => AttributeName)
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))
}
