import type {
  AttributeDefinition,
  GlobalSecondaryIndex,
  KeySchemaElement,
  TableDescription,
  TableStatus,
} from '@aws-sdk/client-dynamodb'
import { tableDefinition } from './definition.ts'

/** What a table has that a journal cannot use or does not need. */
export interface TableFinding {
  /** `wrong`: a journal must not use the table. `advice`: it works, with what is said missing. */
  readonly kind: 'wrong' | 'advice'
  /** What is so, as the predicate of "table …": `'has no index entities: entities cannot be listed'`. */
  readonly what: string
  /** What to do about it. */
  readonly fix: string
}

/** A table serves reads and writes in these. */
const servingStatuses: ReadonlySet<TableStatus | undefined> = new Set(['ACTIVE', 'UPDATING'])

/** What of a table differs from what it should be, worst first, as far as `DescribeTable` shows it. */
export function tableFindings(table: TableDescription): readonly TableFinding[] {
  const wrong = [otherKeys(table), notServing(table), eventualReplicas(table)]
  const found = [...wrong, withoutTransactions(table), ...missingIndexes(table)]
  return found.filter((finding) => finding !== undefined)
}

/** True where a table has replicas and two of them may accept a write of the same item. */
export function isEventuallyConsistent(table: TableDescription): boolean {
  const { Replicas = [], MultiRegionConsistency, GlobalTableVersion } = table
  if (GlobalTableVersion === '2017.11.29') return true
  return Replicas.length > 0 && MultiRegionConsistency !== 'STRONG'
}

/** As `pk S as HASH, sk N as RANGE`. */
export function describeKeys(
  keys: readonly KeySchemaElement[] = [],
  attributes: readonly AttributeDefinition[] = [],
): string {
  const described = keys.map(({ AttributeName, KeyType }) => {
    const definition = attributes.find((attribute) => attribute.AttributeName === AttributeName)
    return `${AttributeName} ${definition?.AttributeType} as ${KeyType}`
  })
  return described.join(', ') || 'no keys'
}

function otherKeys(table: TableDescription): TableFinding | undefined {
  const definition = tableDefinition(table.TableName ?? '')
  const expected = describeKeys(definition.KeySchema, definition.AttributeDefinitions)
  const actual = describeKeys(table.KeySchema, table.AttributeDefinitions)
  if (actual === expected) return undefined
  return {
    kind: 'wrong',
    what: `has ${actual}, but needs ${expected}`,
    fix: 'keys cannot be changed: name another table, or create one with `npx tailfold table create`',
  }
}

function notServing({ TableName, TableStatus }: TableDescription): TableFinding | undefined {
  if (servingStatuses.has(TableStatus)) return undefined
  return {
    kind: 'wrong',
    what: `is ${TableStatus}`,
    fix:
      TableStatus === 'CREATING'
        ? `wait for it with \`npx tailfold table wait --table ${TableName}\``
        : 'restore it, or create another one with `npx tailfold table create`',
  }
}

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html */
function eventualReplicas(table: TableDescription): TableFinding | undefined {
  if (!isEventuallyConsistent(table)) return undefined
  const regions = (table.Replicas ?? []).map(({ RegionName }) => RegionName).join(', ')
  return {
    kind: 'wrong',
    what: `is a global table with eventually consistent replicas (${regions || 'version 2017.11.29'}): two Regions may both accept a commit at one revision, and one of the two is lost`,
    fix: 'use a table without replicas, or a global table created with multi-Region strong consistency',
  }
}

function withoutTransactions(table: TableDescription): TableFinding | undefined {
  if ((table.Replicas ?? []).length === 0 || isEventuallyConsistent(table)) return undefined
  return {
    kind: 'advice',
    what: "is a global table with multi-Region strong consistency, which takes no transactions: dedupe: 'always' fails",
    fix: 'leave dedupe at its default there',
  }
}

function missingIndexes(table: TableDescription): readonly TableFinding[] {
  const { TableName = '', AttributeDefinitions, GlobalSecondaryIndexes = [] } = table
  const definition = tableDefinition(TableName)
  return (definition.GlobalSecondaryIndexes ?? []).flatMap((expected): TableFinding[] => {
    const actual = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === expected.IndexName)
    const expectedKeys = describeKeys(expected.KeySchema, definition.AttributeDefinitions)
    const actualKeys = actual && describeKeys(actual.KeySchema, AttributeDefinitions)
    if (actualKeys === expectedKeys) return []
    const has =
      actualKeys === undefined ? 'has no index' : `has ${actualKeys}, not ${expectedKeys}, in its index`
    return [
      {
        kind: 'advice',
        what: `${has} ${expected.IndexName}: entities cannot be listed, all else works`,
        fix: `if you list entities: ${addIndex(TableName, expected)}`,
      },
    ]
  })
}

/** The command that adds the index, for a shell. */
function addIndex(tableName: string, index: GlobalSecondaryIndex): string {
  const { AttributeDefinitions = [] } = tableDefinition(tableName)
  const used = new Set(index.KeySchema?.map(({ AttributeName }) => AttributeName))
  const attributes = AttributeDefinitions.filter(({ AttributeName }) => used.has(AttributeName))
  return `aws dynamodb update-table --table-name ${tableName} --attribute-definitions '${JSON.stringify(attributes)}' --global-secondary-index-updates '${JSON.stringify([{ Create: index }])}'`
}
