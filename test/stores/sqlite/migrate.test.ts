import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { createEngine, entity, systemPlatform } from 'tailfold'
import { sqliteJournal, sqliteStore } from 'tailfold/sqlite'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { readAll, refused, sqliteFiles } from '../../helpers/sqlite-files.ts'
import { raceOfProcesses } from '../../helpers/store-process.ts'
import { thrownBy } from '../../helpers/thrown.ts'

const { newFile } = sqliteFiles()

/** Written by Tailfold 0.1.0: five deposits under ids for each of two accounts, the second with a snapshot. */
const golden = fileURLToPath(new URL('../../golden/journal-of-format-1.sqlite', import.meta.url))
const killedProgram = fileURLToPath(new URL('../../helpers/killed-migration-program.ts', import.meta.url))

async function formatOneFile(): Promise<string> {
  const file = newFile()
  await copyFile(golden, file)
  return file
}

function query(file: string, sql: string): readonly unknown[] {
  const database = new DatabaseSync(file)
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

describe('a file of format 1', () => {
  test('is read and written as before, its command ids included', async () => {
    const file = await formatOneFile()
    using journal = sqliteJournal({ file })
    const always = entity({ ...account, dedupe: 'always' })
    const engine = createEngine(always, { journal, platform: systemPlatform })
    for (const id of ['acc-001', 'acc-002']) {
      expect(await engine.read(id)).toMatchObject({ revision: 5, state: { balance: 150, txCount: 5 } })
      const again = await engine.execute(id, { type: 'Deposit', amount: 20 }, { commandId: 'deposit-2' })
      expect(again).toMatchObject({ replayed: true, revision: 2 })
      expect(await engine.execute(id, { type: 'Deposit', amount: 1 })).toMatchObject({ revision: 6 })
      expect(await engine.read(id)).toMatchObject({ state: { balance: 151, txCount: 6 } })
    }
  })

  test('gets the tables of a new file, and positions in the order of its commits', async () => {
    const [migrated, created] = [await formatOneFile(), newFile()]
    for (const file of [migrated, created]) sqliteStore({ file }).close()
    const tables = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name'
    expect(query(migrated, tables)).toEqual(query(created, tables))
    expect(query(migrated, 'PRAGMA user_version')).toEqual([{ user_version: 2 }])
    expect(query(migrated, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    const before = query(
      golden,
      'SELECT rowid AS position, key, revision, record FROM commits ORDER BY rowid',
    )
    expect(query(migrated, 'SELECT position, key, revision, record FROM commits ORDER BY position')).toEqual(
      before,
    )
  })

  test('is migrated once by processes that open it at the same moment', async () => {
    const address = { kind: 'sqlite', file: await formatOneFile() } as const
    const key = 'account/acc-001'
    const tasks = ['one', 'two', 'three', 'four'].map((name) => ({
      name,
      address,
      key,
      wins: 1,
      openAfterGo: true,
    }))
    const reports = await raceOfProcesses(tasks)
    expect(reports.flatMap(({ won }) => won).toSorted((a, b) => a - b)).toEqual([6, 7, 8, 9])
    using store = sqliteStore({ file: address.file })
    expect(await readAll(store, key)).toHaveLength(9)
  }, 60_000)

  test('stays of format 1 when the process is killed as it migrates, and is migrated by the next', async () => {
    const file = await formatOneFile()
    const child = spawn(process.execPath, ['--conditions=tailfold-source', killedProgram, file], {
      stdio: 'inherit',
    })
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
    expect(query(file, 'PRAGMA user_version')).toEqual([{ user_version: 1 }])
    using store = sqliteStore({ file })
    expect(await readAll(store, 'account/acc-002')).toHaveLength(5)
    expect(query(file, 'PRAGMA user_version')).toEqual([{ user_version: 2 }])
  })

  test('can still be used by a 0.1.0 process that had opened it before', async () => {
    const file = await formatOneFile()
    using old = new DatabaseSync(file)
    const append = old.prepare(
      'INSERT INTO commits (key, revision, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    const range = old.prepare(
      'SELECT revision, record FROM commits WHERE key = ? AND revision >= ? ORDER BY revision LIMIT ?',
    )
    const key = 'account/acc-001'
    expect(range.all(key, 1, 10)).toHaveLength(5)
    using store = sqliteStore({ file })
    expect(append.run(key, 6, '{"id":"old"}').changes).toBe(1)
    expect(await store.append(key, 6, { id: 'new' })).toEqual({ kind: 'occupied', record: { id: 'old' } })
    expect(await store.append(key, 7, { id: 'new' })).toEqual({ kind: 'appended' })
    expect(append.run(key, 7, '{"id":"old"}').changes).toBe(0)
    expect(range.all(key, 6, 10)).toMatchObject([{ record: '{"id":"old"}' }, { record: '{"id":"new"}' }])
  })
})

describe('a position', () => {
  test('follows the order of commits across keys, and is not used twice after a repair', async () => {
    const file = newFile()
    using store = sqliteStore({ file })
    for (const key of ['type/b', 'type/a']) await store.append(key, 1, { id: key })
    expect(await store.truncate?.('type/a', 0)).toBe(1)
    await store.append('type/c', 1, { id: 'type/c' })
    expect(query(file, 'SELECT position, key FROM commits ORDER BY position')).toEqual([
      { position: 1, key: 'type/b' },
      { position: 3, key: 'type/c' },
    ])
  })
})

describe('sqliteStore refuses', () => {
  test('a file of a newer format, and says what to do', () => {
    const file = newFile()
    sqliteStore({ file }).close()
    query(file, 'PRAGMA user_version = 3')
    expect(thrownBy(() => sqliteStore({ file }))).toEqual(
      refused(
        `${file} has format version 3, written by a newer Tailfold; this one reads up to 2: upgrade it`,
      ),
    )
  })

  test.for([1, 2])(
    'the database of another program that has version %i too, and leaves it as it was',
    (version) => {
      const file = newFile()
      const foreign = new DatabaseSync(file)
      foreign.exec(`CREATE TABLE commits (sha TEXT); PRAGMA user_version = ${version}`)
      foreign.close()
      expect(thrownBy(() => sqliteStore({ file }))).toEqual(refused('holds the tables of another program'))
      expect(query(file, 'SELECT sql FROM sqlite_schema')).toEqual([
        { sql: 'CREATE TABLE commits (sha TEXT)' },
      ])
      expect(query(file, 'PRAGMA user_version')).toEqual([{ user_version: version }])
    },
  )
})
