import { copyFile, open, rename, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { createEngine, memoryRows, systemPlatform } from 'tailfold'
import { catchUp, consumer, createConsumers } from 'tailfold/consumers'
import { sqliteJournal, sqliteStore } from 'tailfold/sqlite'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { recordText } from '../../../src/journal/record-text.ts'
import type { RunStatements, SqlRow } from '../../../src/stores/sql/sqlite-client.ts'
import { sqlChanges } from '../../../src/stores/sql/sqlite-feed.ts'
import { refused, sqliteFiles } from '../../helpers/sqlite-files.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

const { newFile } = sqliteFiles()
const key = 'account/acc-001'

afterEach(() => void vi.restoreAllMocks())

/** A second later by the clock that the store looks at. */
function passOneSecond(): void {
  const before = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(before + 1_000)
}

describe('a file that is taken away while it is open', () => {
  const ways: Readonly<Record<string, (file: string) => Promise<void>>> = {
    deleted: (file) => rm(file),
    moved: (file) => rename(file, `${file}.away`),
    'replaced by a copy': async (file) => {
      await copyFile(file, `${file}.copy`)
      await rename(`${file}.copy`, file)
    },
    'deleted with the files beside it': async (file) => {
      for (const name of [file, `${file}-wal`, `${file}-shm`]) await rm(name)
    },
    'left without its write-ahead log': (file) => rm(`${file}-wal`),
    'left without its shared memory': (file) => rm(`${file}-shm`),
  }

  test.for(Object.entries(ways))(
    '%s: reads and writes fail within a second, for good',
    async ([, takeAway]) => {
      const file = newFile()
      using store = sqliteStore({ file })
      await store.append(key, 1, { id: 'x' })
      await takeAway(file)
      passOneSecond()
      for (let again = 1; again <= 2; again++) {
        expect(await rejectionOf(store.append(key, 2, { id: 'y' }))).toEqual(
          refused('was deleted or replaced while it was open', 'append'),
        )
        expect(await rejectionOf(store.recover(key, 4))).toEqual(
          refused('was deleted or replaced while it was open', 'recover'),
        )
      }
    },
  )

  test('is looked at once a second at most', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    await rm(file)
    expect(await store.append(key, 1, { id: 'unnoticed' })).toEqual({ kind: 'appended' })
  })

  test('has no second history: the commands of an engine fail and are not retried', async () => {
    const file = newFile()
    using journal = sqliteJournal({ file })
    const engine = createEngine(account, { journal, platform: systemPlatform })
    await engine.execute('acc-001', { type: 'Deposit', amount: 1 })
    await rm(file)
    using other = sqliteStore({ file })
    expect(await other.recover(key, 4)).toMatchObject({ commits: [] })
    passOneSecond()
    const failure = await rejectionOf(engine.execute('acc-001', { type: 'Deposit', amount: 1 }))
    expect(failure).toEqual(refused('was deleted or replaced', 'append'))
  })
})

describe('a file that stays', () => {
  test('is not suspected while other processes open, write and close it', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    for (let revision = 1; revision <= 3; revision++) {
      using other = sqliteStore({ file })
      expect(await other.append(key, revision, { id: 'other' })).toEqual({ kind: 'appended' })
      other.close()
      passOneSecond()
      expect(await store.append(key, revision, { id: 'own' })).toMatchObject({ kind: 'occupied' })
      vi.restoreAllMocks()
    }
  })
})

describe('a damaged file', () => {
  /** Overwrites pages of a closed file. */
  async function tear(file: string, isTorn: (page: number) => boolean): Promise<void> {
    const database = new DatabaseSync(file)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
    const pageSize = Number(database.prepare('PRAGMA page_size').get()?.['page_size'])
    database.close()
    const handle = await open(file, 'r+')
    for (let page = 2; page <= pages; page++)
      if (isTorn(page)) await handle.write(Buffer.alloc(pageSize, 0xa5), 0, pageSize, (page - 1) * pageSize)
    await handle.close()
  }

  test('fails an append for certain, alone and among others, and is not retried', async () => {
    const file = newFile()
    {
      using store = sqliteStore({ file })
      for (let revision = 1; revision <= 20; revision++) await store.append(key, revision, { id: 'x' })
    }
    await tear(file, () => true)
    using store = sqliteStore({ file })
    const damaged = refused(`${file} is damaged`, 'append')
    expect(await rejectionOf(store.append(key, 21, { id: 'x' }))).toEqual(damaged)
    const together = await Promise.allSettled([1, 2].map((n) => store.append(`${key}-${n}`, 1, { id: 'x' })))
    expect(together).toMatchObject([{ reason: damaged }, { reason: damaged }])
  })
})

describe('a record that is not JSON', () => {
  function damage(file: string, revision: number): void {
    using other = new DatabaseSync(file)
    other.prepare(`UPDATE commits SET record = 'torn' WHERE revision = ?`).run(revision)
  }

  test('parks its entity for a consumer; the feed goes on with all others', async () => {
    const file = newFile()
    using journal = sqliteJournal({ file })
    const engine = createEngine(account, { journal, platform: systemPlatform })
    const deposit = (id: string) => engine.execute(id, { type: 'Deposit', amount: 1 })
    for (const id of ['acc-001', 'acc-001', 'acc-002']) await deposit(id)
    damage(file, 2)
    const given: string[] = []
    const parked: unknown[] = []
    const mail = consumer({ name: 'mail', from: account, handle: (_, { id }) => void given.push(id) })
    const onParked = ({ key: of, revision }: { key: string; revision?: number | undefined }) =>
      void parked.push([of, revision])
    const consumers = createConsumers({ journal, rows: memoryRows(), consumers: [mail], onParked })
    expect(await catchUp(consumers)).toMatchObject({ changes: 3, complete: true, failed: 0 })
    expect(given.toSorted()).toEqual(['account/acc-001/1', 'account/acc-002/1'])
    expect(parked).toEqual([['account/acc-001', 2]])
  })

  test.each(['torn', '[1]', '{"h":{}}', '{"h":5,"x":null}'])(
    'is a change without a record, at the end of a page too: %s',
    async (text) => {
      const file = newFile()
      using store = sqliteStore({ file })
      for (const id of ['a', 'b']) await store.append(id, 1, { h: `hash of ${id}` })
      using other = new DatabaseSync(file)
      other.prepare("UPDATE commits SET record = ? WHERE key = 'a'").run(text)
      const run: RunStatements = async (_operation, statements) =>
        statements.map(({ text: sql, values }) => ({ rows: other.prepare(sql).all(...values), changes: 0 }))
      const toCommit = (key: string, row: SqlRow) => ({
        revision: 1,
        record: recordText(5_000).decode(row['record'], { key, revision: 1 }),
      })
      const feeds = {
        local: (cursor?: string) => store.changes?.(cursor, 1),
        hosted: (cursor?: string) => sqlChanges(run, cursor, 1, toCommit, undefined),
      }
      for (const changes of Object.values(feeds)) {
        const first = await changes()
        expect(first?.changes).toEqual([{ key: 'a', revision: 1 }])
        expect((await changes(first?.cursor))?.changes).toEqual([
          { key: 'b', revision: 1, record: { h: 'hash of b' } },
        ])
      }
    },
  )

  test.for([1, 2, 3])(
    'at revision %i makes the journal corrupt, for reads and for commands',
    async (revision) => {
      const file = newFile()
      {
        using journal = sqliteJournal({ file })
        const engine = createEngine(account, { journal, platform: systemPlatform })
        for (let n = 1; n <= 3; n++) await engine.execute('acc-001', { type: 'Deposit', amount: 1 })
      }
      damage(file, revision)
      using journal = sqliteJournal({ file })
      const engine = createEngine(account, { journal, platform: systemPlatform, snapshot: 'ignore' })
      const corrupt = { code: 'journal-corrupt', retryable: false }
      await expect(engine.read('acc-001')).rejects.toMatchObject(corrupt)
      await expect(engine.execute('acc-001', { type: 'Deposit', amount: 1 })).rejects.toMatchObject(corrupt)
    },
  )

  test('that an append meets as its winner makes the journal corrupt', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    await store.append(key, 1, { id: 'x', h: 'hash' })
    damage(file, 1)
    await expect(store.append(key, 1, { id: 'y' })).rejects.toMatchObject({ code: 'journal-corrupt' })
    expect(await store.append(key, 2, { id: 'y' }, { previousHash: 'hash' })).toEqual({ kind: 'behind' })
  })
})
