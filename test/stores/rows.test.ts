import { DatabaseSync } from 'node:sqlite'
import { existsSync } from 'node:fs'
import { InMemoryJournal, memoryRows } from 'tailfold'
import { sqliteJournal, sqliteRows, sqliteStore } from 'tailfold/sqlite'
import { rowStoreConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { refused, sqliteFiles } from '../helpers/sqlite-files.ts'
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

/** Of each two in turn, one has the connection of a journal and the other one of its own. */
let opened = 0
let journalFile: string | undefined
async function openBesideJournal() {
  journalFile ??= newFile()
  if (opened++ % 2 === 1) return openRows(sqliteRows({ file: journalFile }))
  const journal = sqliteJournal({ file: journalFile })
  return openRows(sqliteRows({ journal }), () => journal.close())
}

function openRows(rows: ReturnType<typeof sqliteRows>, after = () => {}) {
  const close = () => {
    rows.close()
    after()
  }
  return { rows, close }
}

describe('sqliteRows on the connection of a journal keeps the row-store contract', () => {
  test.for(rowStoreConformance({ open: openBesideJournal }))(
    '$name',
    { timeout: 30_000 },
    async ({ run }) => {
      await expect(run()).resolves.toBeUndefined()
    },
  )
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

describe('sqliteRows on the connection of a journal', () => {
  const write = (rows: ReturnType<typeof sqliteRows>, key = 'a') =>
    rows.write([{ row: { key, revision: 1, value: {} }, when: -1 }])

  test('commits what waits when it is closed, and leaves the journal open', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    const rows = sqliteRows({ journal: store })
    const waiting = write(rows)
    rows.close()
    rows.close()
    using other = sqliteRows({ file })
    expect(await other.get(['a'])).toMatchObject([{ key: 'a', revision: 1 }])
    expect(await waiting).toBe(true)
    await expect(write(rows)).rejects.toMatchObject({ code: 'store-unavailable', data: { applied: 'no' } })
    expect(await store.append('type/id', 1, { id: 'x' })).toEqual({ kind: 'appended' })
    using again = sqliteRows({ journal: store })
    expect(await again.get(['a'])).toHaveLength(1)
  })

  test('fails once the journal is closed, which commits what waits', async () => {
    const file = newFile()
    const journal = sqliteJournal({ file })
    const rows = sqliteRows({ journal })
    const waiting = write(rows)
    journal.close()
    expect(await waiting).toBe(true)
    const closed = { code: 'store-unavailable', retryable: false, data: { applied: 'no' } }
    await expect(rows.get(['a'])).rejects.toMatchObject(closed)
    await expect(write(rows, 'b')).rejects.toMatchObject(closed)
    rows.close()
    expect(thrownBy(() => sqliteRows({ journal }))).toMatchObject(closed)
    using other = sqliteRows({ file })
    expect(await other.get(['a', 'b'])).toMatchObject([{ key: 'a' }, undefined])
  })

  test('adds its table to a file whose journal is open, beside waiting appends', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    const waiting = store.append('type/id', 1, { id: 'x' })
    using rows = sqliteRows({ journal: store })
    expect([await waiting, await write(rows)]).toEqual([{ kind: 'appended' }, true])
  })

  test('does not wake those who wait for commits; appends do', async () => {
    using store = sqliteStore({ file: newFile() })
    using rows = sqliteRows({ journal: store })
    const { cursor = '' } = (await store.changes?.(undefined, 10)) ?? {}
    let woken = false
    const waiting = store.waitForChanges?.(cursor).then(() => void (woken = true))
    await write(rows)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(woken).toBe(false)
    await store.append('type/id', 1, { id: 'x' })
    await waiting
    expect(woken).toBe(true)
  })

  test.for([
    { what: 'nothing', options: {}, message: /needs the name of a file, or a journal/ },
    { what: 'another journal', options: { journal: new InMemoryJournal() }, message: /sqliteJournal made/ },
    { what: 'no journal', options: { journal: null }, message: /sqliteJournal made/ },
    { what: 'a name as journal', options: { journal: 'a.sqlite' }, message: /sqliteJournal made/ },
    { what: 'text', options: 'a.sqlite', message: /must be an object/ },
  ])('refuses $what', ({ options, message }) => {
    const error = thrownBy(() => sqliteRows(options as never))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(message)
  })

  test.for(['key TEXT', 'key TEXT, revision INTEGER, as_of INTEGER'])(
    'refuses a file with a table of the same name of another program: %s',
    (columns) => {
      const file = newFile()
      using journal = sqliteJournal({ file })
      using foreign = new DatabaseSync(file)
      foreign.exec(`CREATE TABLE rows (${columns})`)
      const tables = () => foreign.prepare('SELECT sql FROM sqlite_schema ORDER BY name').all()
      const before = tables()
      for (const options of [{ journal }, { file }])
        expect(thrownBy(() => sqliteRows(options))).toEqual(refused('holds the tables of another program'))
      expect(tables()).toEqual(before)
    },
  )

  test.for([-5, 0.5, Number.NaN, 2 ** 31, 2 ** 40, '5; CREATE TABLE evil(a)'] as never[])(
    'and a store in a file refuse a wait of %j for a lock',
    (busyTimeoutMs) => {
      const file = newFile()
      for (const open of [sqliteRows, sqliteStore, sqliteJournal]) {
        const error = thrownBy(() => open({ file, busyTimeoutMs }))
        expect(error).toBeInstanceOf(TypeError)
        expect((error as Error).message).toContain(
          'busyTimeoutMs must be a whole number from 0 to 2147483647',
        )
      }
      expect(existsSync(file)).toBe(false)
    },
  )

  test('refuses a journal with a file or a timeout of its own', () => {
    using journal = sqliteJournal({ file: newFile() })
    for (const more of [{ file: newFile() }, { busyTimeoutMs: 1 }]) {
      expect(thrownBy(() => sqliteRows({ journal, ...more } as never))).toBeInstanceOf(TypeError)
    }
  })
})
