import { memoryRows } from 'tailfold'
import { sqliteRows, sqliteStore } from 'tailfold/sqlite'
import { describe, expect, test } from 'vitest'
import { sqliteFiles } from '../helpers/sqlite-files.ts'
import { viewCases } from './row-store-cases.ts'

const { newFile } = sqliteFiles()

describe('a view in memory', () => {
  test.for(viewCases)('$name', async ({ run }) => {
    await expect(run({ rows: memoryRows() })).resolves.toBeUndefined()
  })
})

describe('a view in the SQLite file of its entities', () => {
  test.for(viewCases)('$name', async ({ run }) => {
    const file = newFile()
    using store = sqliteStore({ file })
    using rows = sqliteRows({ file })
    await expect(run({ store, rows })).resolves.toBeUndefined()
  })
})
