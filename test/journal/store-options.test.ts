import { describe, expect, test } from 'vitest'
import { InMemoryJournal, memoryRows, memoryStore } from 'tailfold'
import { azureTablesJournal } from 'tailfold/azure-tables'
import { d1Journal, durableObjectJournal } from 'tailfold/cloudflare'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { dynamoDbRows } from 'tailfold/dynamodb/rows'
import { libsqlJournal, libsqlRows } from 'tailfold/libsql'
import { postgresJournal, postgresRows } from 'tailfold/postgres'
import { sqliteJournal, sqliteRows } from 'tailfold/sqlite'

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

test('a journal takes the options of its store and its own together', () => {
  const journal = new InMemoryJournal({ maxRecordBytes: 5_000, inlineState: false, maxInflatedBytes: 9_000 })
  expect(journal.maxRecordBytes).toBe(5_000)
})
