import { once } from 'node:events'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { toEventJournal } from 'tailfold/store'
import { sqliteJournal, sqliteStore } from 'tailfold/sqlite'
import { storeConformance } from 'tailfold/testing'
import { describe, expect, test, vi } from 'vitest'
import { readAll, refused, sqliteFiles } from '../../helpers/sqlite-files.ts'
import { keysOf, raceOfProcesses, startWriter } from '../../helpers/store-process.ts'
import { thrownBy } from '../../helpers/thrown.ts'

const { newFile } = sqliteFiles()

/** Every open is another connection to one file. */
let shared: string | undefined
async function openShared() {
  shared ??= newFile()
  const store = sqliteStore({ file: shared })
  return { store, close: () => store.close() }
}

async function openEmpty() {
  const store = sqliteStore({ file: newFile() })
  return { store, close: () => store.close() }
}

describe('sqliteStore keeps the store contract', () => {
  const timeout = 30_000
  test.for(storeConformance({ open: openShared, openEmpty }))('$name', { timeout }, async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('sqliteStore', () => {
  test('keeps what was written when it is closed and opened again', async () => {
    const file = newFile()
    {
      using store = sqliteStore({ file })
      await store.append('type/id', 1, { id: 'first' })
      await store.saveSnapshot('type/id', { revision: 1, schemaVersion: 2, record: { s: '{}' } })
    }
    using store = sqliteStore({ file })
    expect(await store.recover('type/id', 4)).toEqual({
      snapshot: { revision: 1, schemaVersion: 2, record: { s: '{}' } },
      commits: [{ revision: 1, record: { id: 'first' } }],
      more: false,
    })
  })

  test('ends a page at 1 MB, whatever the limit, and says that there is more', async () => {
    using store = sqliteStore({ file: newFile() })
    for (let revision = 1; revision <= 6; revision++)
      await store.append('type/id', revision, { e: 'x'.repeat(300_000) })
    const page = await store.range('type/id', 1, 1_000)
    expect([page.commits.length, page.more]).toEqual([4, true])
    const rest = await store.range('type/id', 5, 1_000)
    expect([rest.commits.length, rest.more]).toEqual([2, false])
  })

  test('keeps its file in WAL mode and marks it with the format version', () => {
    const file = newFile()
    sqliteStore({ file }).close()
    const other = new DatabaseSync(file)
    expect(other.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(other.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 })
    other.close()
  })

  test.skipIf(process.platform === 'win32')(
    'makes files for their user alone, and leaves the mode of others',
    async () => {
      const file = newFile()
      const modeOf = async (path: string) => (await stat(path)).mode & 0o777
      {
        using store = sqliteStore({ file })
        await store.append('type/id', 1, { id: 'first' })
        for (const path of [file, `${file}-wal`, `${file}-shm`]) expect(await modeOf(path)).toBe(0o600)
      }
      await chmod(file, 0o640)
      sqliteStore({ file }).close()
      expect(await modeOf(file)).toBe(0o640)
    },
  )

  test('makes the folder of its file', async () => {
    const file = join(newFile(), 'made', 'when needed', 'journal.sqlite')
    using store = sqliteStore({ file })
    expect(await store.append('type/id', 1, { id: 'x' })).toEqual({ kind: 'appended' })
  })

  test('fails after close, which may be called again', async () => {
    const store = sqliteStore({ file: newFile() })
    store.close()
    store.close()
    await expect(store.recover('type/id', 4)).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      data: { operation: 'recover', applied: 'no' },
      message: expect.stringContaining('was closed'),
    })
  })

  test('waits for a lock, then says that nothing was written and that a retry may help', async () => {
    const file = newFile()
    using store = sqliteStore({ file, busyTimeoutMs: 50 })
    const holder = new DatabaseSync(file)
    holder.exec('BEGIN IMMEDIATE')
    try {
      await expect(store.append('type/id', 1, { id: 'x' })).rejects.toMatchObject({
        code: 'store-unavailable',
        retryable: true,
        data: { operation: 'append', applied: 'no' },
        message: expect.stringContaining(`${file} stayed locked`),
      })
      expect(await store.range('type/id', 1, 10)).toEqual({ commits: [], more: false })
    } finally {
      holder.exec('ROLLBACK')
      holder.close()
    }
    expect(await store.append('type/id', 1, { id: 'x' })).toEqual({ kind: 'appended' })
  })
})

describe('sqliteStore refuses', () => {
  test('the database of another program, and leaves it as it was', () => {
    const file = newFile()
    const foreign = new DatabaseSync(file)
    foreign.exec('CREATE TABLE commits (sha TEXT)')
    foreign.close()
    expect(thrownBy(() => sqliteStore({ file }))).toEqual(refused('holds the tables of another program'))
    const after = new DatabaseSync(file)
    expect(after.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toEqual({ n: 1 })
    expect(after.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' })
    after.close()
  })

  test('a file that is no database', async () => {
    const file = newFile()
    await writeFile(
      file,
      'This is a text file that is not a database, and long enough to be looked at. '.repeat(20),
    )
    expect(thrownBy(() => sqliteStore({ file }))).toEqual(refused(`${file} is not a SQLite database`))
  })

  test('a folder in place of a file', async () => {
    const file = newFile()
    await mkdir(file)
    expect(thrownBy(() => sqliteStore({ file }))).toEqual(refused(`${file} cannot be opened`))
  })

  test('a file of one byte, which SQLite takes for an empty one, and leaves it as it was', async () => {
    const file = newFile()
    await writeFile(file, 'x')
    expect(thrownBy(() => sqliteStore({ file }))).toEqual(refused(`${file} is not a SQLite database`))
    expect(await readFile(file, 'utf8')).toBe('x')
  })

  test('a folder that cannot be made', async () => {
    const file = newFile()
    await writeFile(file, '')
    const below = join(file, 'journal.sqlite')
    expect(thrownBy(() => sqliteStore({ file: below }))).toEqual(
      refused(`the folder of ${below} cannot be created`),
    )
  })

  test('a Node.js without node:sqlite, only when it is used', () => {
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    try {
      expect(thrownBy(() => sqliteStore({ file: newFile() }))).toEqual(refused('use Node.js 22.13 or newer'))
    } finally {
      builtin.mockRestore()
    }
  })

  test.for(['', ':memory:', undefined])('%j as a file name', (file) => {
    for (const open of [sqliteStore, sqliteJournal])
      expect(thrownBy(() => open({ file: file as string }))).toMatchObject({
        name: 'TypeError',
        message: expect.stringContaining(
          "sqliteJournal and sqliteStore need { file: 'data/journal.sqlite' }",
        ),
      })
  })

  test('a limit that is no number, and names its option', () => {
    for (const open of [sqliteStore, sqliteJournal])
      expect(thrownBy(() => open({ file: newFile(), busyTimeoutMs: 0.5 }))).toEqual(
        new TypeError('busyTimeoutMs must be a whole number from 0 to 2147483647, not 0.5.'),
      )
  })
})

describe('processes that share a file', () => {
  const key = 'account/shared'

  test('race for 600 revisions: one winner each, and no holes', async () => {
    const address = { kind: 'sqlite', file: newFile() } as const
    const reports = await raceOfProcesses([
      { name: 'one', address, key, wins: 300 },
      { name: 'two', address, key, wins: 300 },
    ])
    using store = sqliteStore({ file: address.file })
    const owners = reports.flatMap(({ name, won }) =>
      won.map((revision) => ({ revision, record: { id: `${name} ${revision}` } })),
    )
    const expected = owners.toSorted((a, b) => a.revision - b.revision)
    expect(expected.map(({ revision }) => revision)).toEqual(
      Array.from({ length: 600 }, (_, index) => index + 1),
    )
    expect(await readAll(store, key)).toEqual(expected)
    expect(reports.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThanOrEqual(300)
  }, 60_000)

  test('may all create it at the same moment', async () => {
    const address = { kind: 'sqlite', file: newFile() } as const
    const tasks = ['one', 'two', 'three', 'four'].map((name) => ({
      name,
      address,
      key,
      wins: 1,
      openAfterGo: true,
    }))
    const reports = await raceOfProcesses(tasks)
    expect(reports.flatMap(({ won }) => won).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
  }, 60_000)

  test.for([1, 16])(
    'lose no acknowledged append of %i entities when one is killed',
    { timeout: 60_000 },
    async (keys) => {
      const file = newFile()
      const task = { name: 'killed', address: { kind: 'sqlite', file }, key, keys } as const
      const writer = await startWriter(task)
      const acknowledged = new Map<string, number>()
      let lines = 0
      writer.lines.on('line', (line) => {
        const [of = '', revision] = line.split(' ')
        acknowledged.set(of, Number(revision))
        if (++lines === 400) writer.child.kill('SIGKILL')
      })
      const closed = once(writer.lines, 'close')
      writer.go()
      await closed
      const damage = new DatabaseSync(file)
      expect(damage.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
      damage.close()
      using store = sqliteStore({ file })
      for (const each of keysOf(task)) {
        const found = (await readAll(store, each)).map(({ revision }) => revision)
        // One more may have landed without its acknowledgement.
        const told = acknowledged.get(each) ?? 0
        expect([told, told + 1]).toContain(found.length)
        expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index + 1))
        expect(await store.append(each, found.length + 1, { id: 'after' })).toEqual({ kind: 'appended' })
      }
    },
  )
})

describe('sqliteJournal', () => {
  test('is a journal that can be closed', async () => {
    const file = newFile()
    const entity = { entityType: 'account', entityId: 'acc-001' }
    const journal = sqliteJournal({ file, inlineState: false })
    const event = { sequenceNr: 1, event: { type: 'Opened' }, timestamp: 7 }
    expect(await toEventJournal(journal).persist(entity, [event])).toBe('persisted')
    journal.close()
    using again = sqliteJournal({ file })
    const events = await Array.fromAsync(toEventJournal(again).load(entity))
    expect(events).toMatchObject([{ sequenceNr: 1, event: { type: 'Opened' }, timestamp: 7 }])
  })
})
