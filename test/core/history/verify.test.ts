import { entity, InMemoryJournal, KeyValueJournal, memoryStore } from 'tailfold'
import { importHistory, verify } from 'tailfold/history'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { createEngine } from '../../../src/core/engine/engine.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command, openBank } from '../../helpers/bank.ts'

const id = 'acc-001'

describe('verify', () => {
  test('reports what it read of a sound entity', async () => {
    const { engine, journal } = openBank()
    for (let n = 0; n < 12; n++) await engine().execute(id, command.deposit(1))
    expect(await verify(account, journal, id)).toEqual({ revision: 12, sequenceNr: 12, stateRevision: 12 })
    expect(await verify(account, journal, 'nobody')).toEqual({ revision: 0, sequenceNr: 0, stateRevision: 0 })
  })

  test('reads the entity of one tenant, be it imported or written by commands', async () => {
    const { engine, journal } = openBank()
    const history = [1, 2].map((amount) => ({
      event: { type: 'Deposited' as const, amount },
      timestamp: amount,
    }))
    const acme = { tenant: 'acme' }
    expect(await importHistory(account, journal, id, history, acme)).toEqual({ kind: 'imported', written: 2 })
    await engine().execute(id, command.deposit(3), acme)
    expect(await verify(account, journal, id, acme)).toMatchObject({ revision: 3, sequenceNr: 3 })
    expect(await verify(account, journal, id)).toMatchObject({ revision: 0 })
  })

  test('finds a stored state that the events do not give', async () => {
    const { engine, journal } = openBank()
    for (let n = 0; n < 3; n++) await engine().execute(id, command.deposit(1))
    const fixed = entity({
      ...account,
      onEvent: (state: { balance: number; txCount: number }) => ({ ...state, balance: 7 }),
    })
    await expect(verify(fixed, journal, id)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { entity: 'account/acc-001', revision: 3 },
    })
  })

  test('finds a snapshot that was altered', async () => {
    const store = memoryStore()
    const journal = new KeyValueJournal(store, { inlineState: false })
    const engine = createEngine(account, { journal, platform: virtualPlatform() })
    for (let n = 0; n < 3; n++) await engine.execute(id, command.deposit(1))
    const record = { v: 1, ts: 0, n: 2, h: '', s: '{"balance":999,"txCount":2}' }
    await store.saveSnapshot('account/acc-001', { revision: 2, schemaVersion: 1, record })
    await expect(verify(account, journal, id)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { revision: 2 },
    })
  })

  test.each([1, 2, 3])('finds a commit that was altered, at revision %i', async (revision) => {
    const store = memoryStore()
    const engine = createEngine(account, { journal: new KeyValueJournal(store), platform: virtualPlatform() })
    for (let n = 0; n < 3; n++) await engine.execute(id, command.deposit(1))
    const altered = new KeyValueJournal({
      ...store,
      async range(...args) {
        const page = await store.range(...args)
        const commits = page.commits.map((commit) =>
          commit.revision === revision
            ? { ...commit, record: { ...commit.record, e: '[{"type":"Deposited","amount":1000}]' } }
            : commit,
        )
        return { ...page, commits }
      },
    })
    await expect(verify(account, altered, id)).rejects.toMatchObject({
      code: 'journal-corrupt',
      data: { revision },
    })
  })
})

describe('recovery', () => {
  test('finds an altered riding state', async () => {
    const store = memoryStore()
    const engine = () =>
      createEngine(account, { journal: new KeyValueJournal(store), platform: virtualPlatform() })
    for (let n = 0; n < 3; n++) await engine().execute(id, command.deposit(1))
    const altered = new KeyValueJournal({
      ...store,
      async recover(...args) {
        const found = await store.recover(...args)
        const commits = found.commits.map((commit, index) =>
          index === 0
            ? { ...commit, record: { ...commit.record, s: '{"balance":999,"txCount":3}' } }
            : commit,
        )
        return { ...found, commits }
      },
    })
    const reader = createEngine(account, { journal: altered, platform: virtualPlatform() })
    await expect(reader.read(id)).rejects.toMatchObject({ code: 'journal-corrupt', data: { revision: 3 } })
  })

  test('from events alone agrees with recovery from states', async () => {
    const journal = new InMemoryJournal()
    const platform = virtualPlatform()
    const engine = createEngine(account, { journal, platform })
    for (let n = 0; n < 30; n++) await engine.execute(id, command.deposit(n + 1))
    const alone = createEngine(account, { journal, platform, snapshot: 'ignore' })
    expect(await alone.read(id)).toEqual(await engine.read(id))
  })
})
