import { DatabaseSync } from 'node:sqlite'
import type { StoredCommandId } from 'tailfold'
import { type SqliteConnection, sqliteStore } from 'tailfold/sqlite'
import { describe, expect, test } from 'vitest'
import { readAll, sqliteFiles } from '../../helpers/sqlite-files.ts'
import { type Around, afterEachCommit, interceptRuns } from '../../helpers/sqlite-statements.ts'

const { newFile } = sqliteFiles()
const appended = { kind: 'appended' }
const expiresAtEpochSeconds = 4_000_000_000
/** Not a whole number, which the column refuses: a write that fails after its commit was inserted. */
const unfit: StoredCommandId = { commandId: 'unfit', expiresAtEpochSeconds: 0.5 }

/** As node:sqlite throws it. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error('by the test'), { code: 'ERR_SQLITE_ERROR', errcode })
}

/** Runs a statement on a connection of its own. */
function execute(file: string, sql: string): readonly Record<string, unknown>[] {
  using database = new DatabaseSync(file)
  return database.prepare(sql).all()
}

/** The keys of all commits, as another process sees them. */
function keysIn(file: string): readonly unknown[] {
  return execute(file, 'SELECT DISTINCT key FROM commits ORDER BY key').map(({ key }) => key)
}

/** The statements that a piece of work runs, by their first word. */
async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const found: string[] = []
  using _ = interceptRuns((sql, proceed) => {
    found.push(sql.split(/\s/)[0] ?? '')
    return proceed()
  })
  await work()
  return found
}

/** Counts commits, each of which takes so many milliseconds longer. */
function slowDisk(ms: number) {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let commits = 0
  const slow = afterEachCommit(() => {
    commits += 1
    Atomics.wait(cell, 0, 0, ms)
  })
  return { commits: () => commits, [Symbol.dispose]: () => slow[Symbol.dispose]() }
}

describe('appends that wait together', () => {
  test('share one transaction, whatever their entities', async () => {
    using store = sqliteStore({ file: newFile() })
    const statements = await statementsOf(() =>
      Promise.all(['a', 'b', 'c'].map((id) => store.append(`type/${id}`, 1, { id }))),
    )
    expect(statements).toEqual(['BEGIN', 'INSERT', 'INSERT', 'INSERT', 'COMMIT'])
  })

  test('have a savepoint where they are more than one statement', async () => {
    using store = sqliteStore({ file: newFile() })
    const ids = [{ commandId: 'c-1', expiresAtEpochSeconds }]
    const statements = await statementsOf(() =>
      Promise.all([store.append('type/a', 1, { id: 'a' }), store.append('type/b', 1, { id: 'b' }, { ids })]),
    )
    const ofB = ['SAVEPOINT', 'INSERT', 'INSERT', 'DELETE', 'RELEASE']
    expect(statements).toEqual(['BEGIN', 'INSERT', ...ofB, 'COMMIT'])
  })

  test('of 64 entities wait for a slow disk once', async () => {
    using store = sqliteStore({ file: newFile() })
    using disk = slowDisk(2)
    const keys = Array.from({ length: 64 }, (_each, number) => `type/${number}`)
    for (let revision = 1; revision <= 3; revision++)
      expect(await Promise.all(keys.map((key) => store.append(key, revision, { id: 'x' })))).toEqual(
        keys.map(() => appended),
      )
    expect(disk.commits()).toBe(3)
  })

  test('are waited for a moment, as those that were just answered come back one after the other', async () => {
    using store = sqliteStore({ file: newFile() })
    using disk = slowDisk(3)
    const writers = Array.from({ length: 8 }, async (_each, writer) => {
      for (let revision = 1; revision <= 10; revision++) {
        for (let turn = 0; turn < writer; turn++) await new Promise((resolve) => setImmediate(resolve))
        await store.append(`type/${writer}`, revision, { id: 'a' })
      }
    })
    await Promise.all(writers)
    // Without the wait each has a commit of its own, or shares it with few.
    expect(disk.commits()).toBeLessThan(30)
  })

  test('are at most 256 in a transaction', async () => {
    using store = sqliteStore({ file: newFile() })
    const statements = await statementsOf(() =>
      Promise.all(
        Array.from({ length: 600 }, (_each, number) => store.append(`type/${number}`, 1, { id: 'x' })),
      ),
    )
    expect(statements.filter((word) => word === 'COMMIT')).toHaveLength(3)
  })

  test('see each other: of two for one revision the first wins, and the next revision follows', async () => {
    using store = sqliteStore({ file: newFile() })
    const results = await Promise.all([
      store.append('type/id', 1, { id: 'first', h: 'one' }, { previousHash: '' }),
      store.append('type/id', 1, { id: 'second', h: 'other' }, { previousHash: '' }),
      store.append('type/id', 2, { id: 'third', h: 'two' }, { previousHash: 'one' }),
      store.append('type/id', 3, { id: 'fourth' }, { previousHash: 'another' }),
    ])
    expect(results).toEqual([
      appended,
      { kind: 'occupied', record: { id: 'first', h: 'one' } },
      appended,
      { kind: 'behind' },
    ])
  })

  test('share it with snapshots, sweeps and repairs', async () => {
    using store = sqliteStore({ file: newFile() })
    const statements = await statementsOf(() =>
      Promise.all([
        store.append('type/a', 1, { id: 'x' }),
        store.saveSnapshot('type/b', { revision: 1, schemaVersion: 1, record: { s: '{}' } }),
        store.sweep?.(1),
        store.truncate?.('type/c', 0),
      ]),
    )
    expect(statements.filter((word) => word === 'COMMIT')).toHaveLength(1)
  })
})

describe('an append that waits alone', () => {
  test('is one statement', async () => {
    using store = sqliteStore({ file: newFile() })
    const request = { previousHash: '' }
    expect(await statementsOf(() => store.append('type/id', 1, { id: 'x' }, request))).toEqual(['INSERT'])
  })

  test('with command ids is one transaction', async () => {
    using store = sqliteStore({ file: newFile() })
    const ids = [{ commandId: 'c-1', expiresAtEpochSeconds }]
    const statements = await statementsOf(() => store.append('type/id', 1, { id: 'x' }, { ids }))
    expect(statements).toEqual(['BEGIN', 'SAVEPOINT', 'INSERT', 'INSERT', 'DELETE', 'RELEASE', 'COMMIT'])
  })
})

describe('an append that fails', () => {
  test('is undone alone; the others of its transaction are committed', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    const results = await Promise.allSettled([
      store.append('type/a', 1, { id: 'a' }),
      store.append('type/b', 1, { id: 'b' }, { ids: [unfit] }),
      store.append('type/c', 1, { id: 'c' }),
    ])
    expect(results).toMatchObject([
      { value: appended },
      { reason: { code: 'store-unavailable', data: { operation: 'append', applied: 'no' } } },
      { value: appended },
    ])
    using other = sqliteStore({ file })
    expect(await Promise.all(['a', 'b', 'c'].map((id) => readAll(other, `type/${id}`)))).toMatchObject([
      [{ record: { id: 'a' } }],
      [],
      [{ record: { id: 'c' } }],
    ])
  })

  test.for(['FAIL', 'ABORT'])('half way in one statement, with %s, is undone alone too', async (how) => {
    const file = newFile()
    using store = sqliteStore({ file })
    execute(
      file,
      `CREATE TRIGGER refuses_b AFTER INSERT ON commits WHEN NEW.key = 'type/b' BEGIN SELECT RAISE(${how}, 'no'); END`,
    )
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((id) => store.append(`type/${id}`, 1, { id })),
    )
    const reason = { code: 'store-unavailable', data: { operation: 'append', applied: 'no' } }
    expect(results).toMatchObject([{ value: appended }, { reason }, { value: appended }])
    expect(keysIn(file)).toEqual(['type/a', 'type/c'])
  })

  test('does not keep a repair, a snapshot and appends with command ids beside it from being applied', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    for (const revision of [1, 2, 3]) await store.append('type/a', revision, { h: `h${revision}` })
    const snapshot = { revision: 1, schemaVersion: 1, record: { s: '{}' } }
    const ids = [{ commandId: 'c-1', expiresAtEpochSeconds }]
    const results = await Promise.allSettled([
      store.append('type/b', 1, { id: 'b' }, { ids }),
      store.truncate?.('type/a', 1),
      store.append('type/a', 3, { h: 'late' }, { previousHash: 'h2' }),
      store.saveSnapshot('type/b', { ...snapshot, schemaVersion: 0.5 }),
      store.append('type/a', 2, { h: 'new' }, { previousHash: 'h1' }),
      store.append('type/c', 1, { id: 'c' }, { ids: [unfit] }),
      store.saveSnapshot('type/a', snapshot),
    ])
    const reason = { code: 'store-unavailable', data: { applied: 'no' } }
    expect(results).toMatchObject([
      { value: appended },
      { value: 2 },
      { value: { kind: 'behind' } },
      { reason },
      { value: appended },
      { reason },
      { status: 'fulfilled' },
    ])
    using other = sqliteStore({ file })
    expect(await other.recover('type/a', 4)).toMatchObject({
      snapshot,
      commits: [{ record: { h: 'new' } }, { record: { h: 'h1' } }],
    })
    expect(await other.findCommandId?.('type/b', 'c-1')).toBe(1)
    expect(keysIn(file)).toEqual(['type/a', 'type/b'])
  })

  test('leaves no transaction open: what is acknowledged after it is on the disk', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    await expect(store.append('type/id', 1, { id: 'x' }, { ids: [unfit] })).rejects.toMatchObject({
      data: { applied: 'no' },
    })
    expect(await store.append('type/id', 1, { id: 'y' })).toEqual(appended)
    using other = sqliteStore({ file })
    expect(await readAll(other, 'type/id')).toEqual([{ revision: 1, record: { id: 'y' } }])
  })
})

describe('a commit that fails', () => {
  const failing =
    (word: string, error: Error): Around =>
    (sql, proceed) => {
      if (sql.startsWith(word)) throw error
      return proceed()
    }
  const three = (store: ReturnType<typeof sqliteStore>) => [
    store.append('type/a', 1, { id: 'x' }),
    store.append('type/a', 1, { id: 'occupied' }),
    store.append('type/c', 2, { id: 'behind' }, { previousHash: 'h' }),
  ]

  test.for([
    { code: 10, applied: 'unknown', retryable: true },
    { code: 11, applied: 'no', retryable: false },
    { code: 13, applied: 'no', retryable: false },
  ])('with code $code reaches every append of it, the occupied ones included', async (failure) => {
    const { code, applied, retryable } = failure
    const file = newFile()
    using store = sqliteStore({ file })
    {
      using _ = interceptRuns(failing('COMMIT', sqliteError(code)))
      const results = await Promise.allSettled(three(store))
      const reason = { code: 'store-unavailable', retryable, data: { operation: 'append', applied } }
      expect(results).toMatchObject([{ reason }, { reason }, { reason }])
    }
    expect(await readAll(store, 'type/a')).toEqual([])
    expect(await store.append('type/a', 1, { id: 'after' })).toEqual(appended)
    using other = sqliteStore({ file })
    expect(await readAll(other, 'type/a')).toEqual([{ revision: 1, record: { id: 'after' } }])
  })

  test.for([
    { how: 'one statement', ids: [] },
    { how: 'several statements', ids: [{ commandId: 'c-1', expiresAtEpochSeconds }] },
  ])('because SQLite ended the transaction in $how reaches every append of it', async ({ ids }) => {
    const file = newFile()
    using store = sqliteStore({ file })
    using holder = new DatabaseSync(file)
    const { database } = store.connection as SqliteConnection & { readonly database: DatabaseSync }
    let inserts = 0
    {
      using _ = interceptRuns((sql, proceed) => {
        if (sql.startsWith('BEGIN')) inserts = 0
        if (!sql.startsWith('INSERT') || ++inserts !== 2) return proceed()
        database.exec('ROLLBACK')
        throw sqliteError(13)
      })
      const appends = ['a', 'b', 'c'].map((id) => store.append(`type/${id}`, 1, { id }, { ids }))
      const reason = { retryable: false, data: { operation: 'append', applied: 'no' } }
      expect(await Promise.allSettled(appends)).toMatchObject([{ reason }, { reason }, { reason }])
    }
    // Nothing is written, and the lock is gone with the transaction.
    holder.exec('BEGIN IMMEDIATE; ROLLBACK')
    for (const id of ['a', 'b', 'c']) expect(await readAll(store, `type/${id}`)).toEqual([])
    expect(await store.append('type/a', 1, { id: 'after' })).toEqual(appended)
  })

  test('and cannot be rolled back ends all writing: nothing later is acknowledged', async () => {
    using store = sqliteStore({ file: newFile() })
    const { exec } = DatabaseSync.prototype
    {
      using _ = interceptRuns(failing('COMMIT', sqliteError(10)))
      DatabaseSync.prototype.exec = () => {
        throw sqliteError(1)
      }
      try {
        await Promise.allSettled(three(store))
      } finally {
        DatabaseSync.prototype.exec = exec
      }
    }
    await expect(store.append('type/a', 1, { id: 'later' })).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      data: { operation: 'append', applied: 'no' },
      message: expect.stringContaining('restart this process'),
    })
  })
})

describe('a disk that gets full in the middle of a group', () => {
  test.for([
    { how: 'one statement each', idsOf: () => [] },
    { how: 'command ids', idsOf: (n: number) => [{ commandId: `c-${n}`, expiresAtEpochSeconds }] },
    {
      how: 'both in turn',
      idsOf: (n: number) => (n % 2 === 0 ? [] : [{ commandId: `c-${n}`, expiresAtEpochSeconds }]),
    },
  ])('of $how: what is acknowledged is there, and what is refused is not', async ({ idsOf }) => {
    const file = newFile()
    const answers = new Map<string, unknown>()
    {
      using store = sqliteStore({ file })
      const { database } = store.connection as SqliteConnection & { readonly database: DatabaseSync }
      const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
      database.exec(`PRAGMA max_page_count = ${pages + 40}`)
      for (let round = 1; round <= 12; round++) {
        // The groups get smaller, so that some of the last ones fit.
        const keys = Array.from({ length: 13 - round }, (_each, n) => `type/${100 * round + n}`)
        const appends = keys.map((key, n) =>
          store.append(key, 1, { e: 'x'.repeat(5_000) }, { ids: idsOf(100 * round + n) }),
        )
        for (const [n, result] of (await Promise.allSettled(appends)).entries())
          answers.set(keys[n] ?? '', result.status === 'fulfilled' ? result.value : result.reason)
      }
    }
    const full = { code: 'store-unavailable', retryable: false, data: { operation: 'append', applied: 'no' } }
    const keys = [...answers.keys()].toSorted()
    const refused = keys.filter((key) => answers.get(key) instanceof Error)
    for (const key of keys) expect(answers.get(key)).toMatchObject(refused.includes(key) ? full : appended)
    expect(refused.length).toBeGreaterThan(10)
    expect(keysIn(file)).toEqual(keys.filter((key) => !refused.includes(key)))
    expect(keysIn(file).length).toBeGreaterThan(12)
    expect(execute(file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    const withIds = keys.filter((key) => !refused.includes(key) && idsOf(Number(key.slice(5))).length > 0)
    expect(execute(file, 'SELECT key FROM command_ids ORDER BY key').map(({ key }) => key)).toEqual(withIds)
  })
})

describe('a group that cannot begin', () => {
  test('because the file is locked wrote nothing, and says that a retry may help', async () => {
    const file = newFile()
    using store = sqliteStore({ file, busyTimeoutMs: 20 })
    {
      using holder = new DatabaseSync(file)
      holder.exec('BEGIN IMMEDIATE')
      const reason = { code: 'store-unavailable', retryable: true, data: { applied: 'no' } }
      const appends = ['a', 'b'].map((id) => store.append(`type/${id}`, 1, { id }))
      expect(await Promise.allSettled(appends)).toMatchObject([{ reason }, { reason }])
    }
    expect(keysIn(file)).toEqual([])
    expect(await store.append('type/a', 1, { id: 'after' })).toEqual(appended)
  })
})

describe('close', () => {
  test('commits what waits first, and then refuses', async () => {
    const file = newFile()
    const store = sqliteStore({ file })
    const waiting = ['a', 'b'].map((id) => store.append(`type/${id}`, 1, { id }))
    store.close()
    await expect(store.append('type/c', 1, { id: 'c' })).rejects.toMatchObject({ data: { applied: 'no' } })
    expect(await Promise.all(waiting)).toEqual([appended, appended])
    using again = sqliteStore({ file })
    expect(await readAll(again, 'type/b')).toEqual([{ revision: 1, record: { id: 'b' } }])
  })

  test('of the database itself in the middle of a group acknowledges nothing', async () => {
    const file = newFile()
    const store = sqliteStore({ file })
    const { database } = store.connection as SqliteConnection & { readonly database: DatabaseSync }
    let inserts = 0
    let results: readonly PromiseSettledResult<unknown>[]
    {
      using _ = interceptRuns((sql, proceed) => {
        if (sql.startsWith('INSERT') && ++inserts === 2) database.close()
        return proceed()
      })
      results = await Promise.allSettled(['a', 'b', 'c'].map((id) => store.append(`type/${id}`, 1, { id })))
    }
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(keysIn(file)).toEqual([])
    await expect(store.append('type/d', 1, { id: 'd' })).rejects.toMatchObject({ code: 'store-unavailable' })
  })
})
