import { memoryRows } from 'tailfold'
import { sqliteJournal, sqliteRows } from 'tailfold/sqlite'
import { rowStoreConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { sqliteFiles } from '../helpers/sqlite-files.ts'
import { thrownBy } from '../helpers/thrown.ts'

const { newFile } = sqliteFiles()

let file: string | undefined
async function openShared() {
  file ??= newFile()
  const rows = sqliteRows({ file })
  return { rows, close: () => rows.close() }
}

describe('sqliteRows keeps the row-store contract', () => {
  test.for(rowStoreConformance({ open: openShared }))('$name', { timeout: 30_000 }, async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('memoryRows keeps the row-store contract', () => {
  const rows = memoryRows()
  test.for(rowStoreConformance({ open: async () => ({ rows }) }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('sqliteRows', () => {
  test('shares the file of a journal, whichever is opened first', async () => {
    for (const rowsFirst of [true, false]) {
      const shared = newFile()
      const openJournal = () => sqliteJournal({ file: shared })
      using early = rowsFirst ? sqliteRows({ file: shared }) : openJournal()
      using late = rowsFirst ? openJournal() : sqliteRows({ file: shared })
      const rows = 'query' in early ? early : 'query' in late ? late : undefined
      expect(await rows?.write([{ row: { key: 'a', revision: 1, value: {} }, when: -1 }])).toBe(true)
    }
  })

  test('fails after close, and for a file without a name', async () => {
    const rows = sqliteRows({ file: newFile() })
    rows.close()
    rows.close()
    await expect(rows.get(['a'])).rejects.toMatchObject({ code: 'store-unavailable', retryable: false })
    expect(thrownBy(() => sqliteRows({ file: ':memory:' }))).toBeInstanceOf(TypeError)
  })
})
