import { describe, expect, test } from 'vitest'
import { InMemoryJournal, KeyValueJournal, memoryRows, memoryStore } from 'tailfold'
import { azureTablesJournal } from 'tailfold/azure-tables'
import { d1Journal, durableObjectJournal } from 'tailfold/cloudflare'
import { dynamoDbJournal, dynamoDbScan } from 'tailfold/dynamodb'
import { dynamoDbRows } from 'tailfold/dynamodb/rows'
import { dynamoDbStreamFeed } from 'tailfold/dynamodb/streams'
import { libsqlJournal, libsqlRows } from 'tailfold/libsql'
import { postgresJournal, postgresRows } from 'tailfold/postgres'
import { sqliteJournal, sqliteRows } from 'tailfold/sqlite'
import { keyValueJournal } from 'tailfold/store'

const calls: Readonly<Record<string, (options: never) => unknown>> = {
  InMemoryJournal: (options) => new InMemoryJournal(options),
  memoryStore,
  sqliteJournal,
  postgresJournal,
  libsqlJournal,
  azureTablesJournal,
  dynamoDbJournal,
  d1Journal,
  durableObjectJournal,
  memoryRows,
  sqliteRows,
  postgresRows,
  libsqlRows,
  dynamoDbRows,
}

describe.each(Object.entries(calls))('%s', (_, call) => {
  test('refuses an option that is unknown, and names those there are', () => {
    expect(() => call({ maxRecordBites: 5 } as never)).toThrow(
      /^\S+(?: \S+)* has no option "maxRecordBites"; its options are .*(?:maxRecordBytes|maxRowBytes|listEntities|client)/,
    )
  })
})

test.for(Object.entries(calls).filter(([name]) => !/memory/i.test(name)))(
  '%s without options says which it needs',
  ([, call]) => {
    expect(() => call(undefined as never)).toThrow(/needs an object of options: /)
  },
)

test.for<[string, object]>([
  ['dynamoDbScan', { tableName: 'bank', readUnits: 5 }],
  ['dynamoDbStreamFeed', { tableName: 'bank', pollms: 5 }],
])('%s refuses an option that is unknown, and names those there are', ([name, options]) => {
  const call = { dynamoDbScan, dynamoDbStreamFeed }[name] as (options: object) => unknown
  expect(() => call(options)).toThrow(new RegExp(`^${name} has no option "\\w+"; its options are `))
})

test('feeds of DynamoDB refuse what cannot work', () => {
  for (const call of [dynamoDbScan, dynamoDbStreamFeed])
    expect(() => call({} as never)).toThrow('needs a tableName')
  expect(() => dynamoDbStreamFeed({ tableName: 'bank', pollMs: Number.NaN })).toThrow(
    'pollMs must be a whole number from 0 on',
  )
})

test('a journal takes the options of its store and its own together', () => {
  const journal = new InMemoryJournal({ maxRecordBytes: 5_000, inlineState: false, maxInflatedBytes: 9_000 })
  expect(journal.maxRecordBytes).toBe(5_000)
})

test.for([
  ['keyValueJournal', (options: object) => keyValueJournal(memoryStore(), options)],
  ['KeyValueJournal', (options: object) => new KeyValueJournal(memoryStore(), options)],
] as const)('%s over a store of one’s own knows its own options alone', ([, make]) => {
  expect(make({ inlineState: false, maxInflatedBytes: 9_000 })).toBeDefined()
  for (const name of ['inlinState', 'maxRecordBytes'])
    expect(() => make({ [name]: 5 })).toThrow(
      new TypeError(
        `keyValueJournal has no option "${name}"; its options are inlineState, maxInflatedBytes.`,
      ),
    )
})
