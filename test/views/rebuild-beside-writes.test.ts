import { sqliteRows, sqliteStore } from 'tailfold/sqlite'
import { expect, test } from 'vitest'
import { fillCounters, rebuildBeside, writeAtRate, wrongRows } from '../helpers/rebuild-load.ts'
import { sqliteFiles } from '../helpers/sqlite-files.ts'

const { newFile } = sqliteFiles()

test('a rebuild of 2,000 rows beside commands leaves no wrong row', { timeout: 60_000 }, async () => {
  const file = newFile()
  using store = sqliteStore({ file })
  using rows = sqliteRows({ file })
  const entities = 2_000
  await fillCounters({ store }, entities)
  const stop = new AbortController()
  const writing = writeAtRate({ store, rows }, { entities, perSecond: 500, signal: stop.signal })
  let commands = 0
  const { report, check } = await rebuildBeside({ store, rows }, async () => {
    stop.abort()
    commands = await writing
  })
  expect(report).toMatchObject({ source: 'entities', complete: true, failed: 0, parked: [] })
  expect(commands).toBeGreaterThan(5)
  expect(wrongRows(check)).toBe(0)
  expect(check).toMatchObject({ rows: check.entities })
  expect(check.rows).toBeGreaterThan(entities)
  // State, row and write of each.
  expect(report.requests / entities).toBeLessThan(3.1)
})
