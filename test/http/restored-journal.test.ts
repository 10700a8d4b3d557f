import { KeyValueJournal, memoryStore, type Store } from 'tailfold'
import { type App, createApp } from 'tailfold/http'
import { beforeEach, describe, expect, test } from 'vitest'
import { account } from '../helpers/http-account.ts'

// What docs/deploy.md says of a restore under the same name: no promise of the library, but what happens.

const path = '/account/acc-001'
let store: RestorableStore
let warm: App

beforeEach(async () => {
  store = restorableStore()
  warm = openProcess()
  for (let revision = 1; revision <= 8; revision++) await deposit(warm)
  await store.restoreTo(path.slice(1), 5)
})

describe('a journal that went back under the same name', () => {
  test('is answered from the journal by a process that was warm too', async () => {
    expect(await read(warm)).toEqual([200, '"5"'])
    expect(await read(openProcess())).toEqual([200, '"5"'])
  })

  test('goes on where the journal is, also for a process that was warm', async () => {
    expect(await deposit(warm)).toEqual([204, '"6"'])
    expect(await read(openProcess())).toEqual([200, '"6"'])
  })

  test('goes on at its own revision where all processes are new', async () => {
    const fresh = openProcess()
    expect(await deposit(fresh)).toEqual([204, '"6"'])
    expect(await read(fresh)).toEqual([200, '"6"'])
  })
})

function openProcess(): App {
  return createApp({
    journal: new KeyValueJournal(store),
    entities: [account],
    authorize: 'everybody',
    onWarning: () => {},
    onError: () => {},
  })
}

async function deposit(app: App) {
  const { status, headers } = await app.handle({
    method: 'POST',
    path: `${path}/Deposit`,
    query: '',
    headers: { 'content-type': 'application/json' },
    body: '{"amount":1}',
  })
  return [status, headers['etag']]
}

async function read(app: App) {
  const { status, headers } = await app.handle({
    method: 'GET',
    path,
    query: '',
    headers: {},
    body: undefined,
  })
  return [status, headers['etag']]
}

interface RestorableStore extends Store {
  /** Forgets the commits of a key after a revision. */
  restoreTo(key: string, revision: number): Promise<void>
}

function restorableStore(): RestorableStore {
  let inner = memoryStore()
  const { limits, recordBytes } = inner
  return {
    limits,
    recordBytes,
    append: (...args) => inner.append(...args),
    recover: (...args) => inner.recover(...args),
    range: (...args) => inner.range(...args),
    saveSnapshot: (...args) => inner.saveSnapshot(...args),
    async restoreTo(key, revision) {
      const { commits } = await inner.range(key, 1, revision)
      inner = memoryStore()
      for (const commit of commits) await inner.append(key, commit.revision, commit.record)
    },
  }
}
