import { createEngine, memoryStore, snapshotEvery } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { type AccountEvent, type AccountState, account } from '../../../functions/bank/account.ts'
import { command, openBank } from '../../helpers/bank.ts'
import { after, hangs, requestLost } from '../../helpers/faulty-store.ts'
import { KeyValueJournal } from 'tailfold'

const id = 'acc-001'
const storeKey = 'account/acc-001'

/** Engines whose commits never carry the state, so that snapshots are what recovery starts from. */
function openWithoutRiding(nEvents = 10) {
  const { store, platform } = openBank()
  const journal = new KeyValueJournal(store, { inlineState: false })
  const warnings: string[] = []
  const definition = { ...account, snapshotPolicy: snapshotEvery({ nEvents }) }
  const onWarning = (message: string) => void warnings.push(message)
  const engine = (schemaVersion = 1) =>
    createEngine({ ...definition, schemaVersion }, { journal, platform, onWarning })
  const snapshotRevision = async () => (await store.recover(storeKey, 1)).snapshot?.revision
  return { store, engine, snapshotRevision, warnings, platform }
}

describe('snapshotEvery', () => {
  test.each([0, -1, 1.5, Number.NaN])('refuses nEvents of %s', (nEvents) => {
    expect(() => snapshotEvery({ nEvents })).toThrow(/nEvents of at least 1/)
  })
})

describe('snapshots', () => {
  test('are due by the distance in the journal, though every command runs in a process of its own', async () => {
    const { engine, snapshotRevision } = openWithoutRiding(10)
    for (let n = 1; n <= 10; n++) await engine().execute(id, command.deposit(1))
    expect(await snapshotRevision()).toBeUndefined()
    const eleventh = engine()
    await eleventh.execute(id, command.deposit(1))
    await eleventh.idle()
    expect(await snapshotRevision()).toBe(10)
    for (let n = 12; n <= 21; n++) await engine().execute(id, command.deposit(1))
    expect(await snapshotRevision()).toBe(20)
  })

  test('a warm engine writes one each time the distance is reached, not more', async () => {
    const { engine, store } = openWithoutRiding(10)
    const warm = engine()
    for (let n = 1; n <= 35; n++) await warm.execute(id, command.deposit(1))
    await warm.idle()
    expect(store.calls.saveSnapshot).toBe(3)
  })

  test('a query that finds a long tail writes one too', async () => {
    const { engine, snapshotRevision } = openWithoutRiding(10)
    for (let n = 1; n <= 10; n++) await engine().execute(id, command.deposit(1))
    const asked = engine()
    await asked.execute(id, command.getBalance)
    await asked.idle()
    expect(await snapshotRevision()).toBe(10)
  })

  test('recovery reads the snapshot and the commits after it, and agrees with the events alone', async () => {
    const { engine, store } = openWithoutRiding(10)
    for (let n = 1; n <= 25; n++) await engine().execute(id, command.deposit(n))
    const state = (await engine().read(id)).state
    const journal = new KeyValueJournal(store)
    const { tail } = await journal.recover({ entityType: 'account', entityId: id }, { snapshot: 'ignore' })
    let replayed = account.initialState
    for await (const page of tail)
      for (const commit of page)
        for (const event of commit.events) replayed = account.onEvent(replayed, event as never)
    expect(state).toEqual(replayed)
    expect(state).toEqual({ balance: 325, txCount: 25 })
  })

  test('one that fails or hangs fails no command, and is tried again', async () => {
    const { engine, store, warnings, snapshotRevision } = openWithoutRiding(5)
    store.plan('saveSnapshot', requestLost, requestLost, hangs)
    for (let n = 1; n <= 20; n++) {
      const once = engine()
      expect(await once.execute(id, command.deposit(1))).toMatchObject({ kind: 'replied', revision: n })
      await once.idle()
    }
    expect(warnings).toHaveLength(3)
    expect(await snapshotRevision()).toBeGreaterThanOrEqual(10)
  })

  test('an older one that arrives late does not replace a newer one', async () => {
    const { engine, store, snapshotRevision } = openWithoutRiding(5)
    let arriveLate: () => Promise<unknown> = async () => {}
    store.plan('saveSnapshot', async (call) => {
      arriveLate = call
    })
    const slow = engine()
    for (let n = 1; n <= 16; n++) await slow.execute(id, command.deposit(1))
    await slow.idle()
    await arriveLate()
    expect(await snapshotRevision()).toBe(15)
  })

  test('of another schema version are passed over and rebuilt; old code never overwrites one of newer code', async () => {
    const { engine, snapshotRevision, store } = openWithoutRiding(5)
    for (let n = 1; n <= 8; n++) await engine(1).execute(id, command.deposit(1))
    expect((await engine(2).read(id)).state).toEqual({ balance: 8, txCount: 8 })
    const newer = engine(2)
    await newer.execute(id, command.deposit(1))
    await newer.idle()
    expect(await snapshotRevision()).toBe(8)
    for (let n = 1; n <= 20; n++) {
      const older = engine(1)
      await older.execute(id, command.deposit(1))
      await older.idle()
    }
    const { snapshot } = await store.recover(storeKey, 1)
    expect(snapshot).toMatchObject({ revision: 8, schemaVersion: 2 })
    expect((await engine(2).read(id)).state).toEqual({ balance: 29, txCount: 29 })
  })

  test('a snapshot ahead of the journal, as after a restore, is ignored', async () => {
    const { engine, store } = openWithoutRiding(5)
    await engine().execute(id, command.deposit(1))
    await store.saveSnapshot(storeKey, {
      revision: 9,
      schemaVersion: 1,
      record: { v: 1, ts: 0, n: 9, h: '', s: '{"balance":999,"txCount":9}' },
    })
    expect((await engine().read(id)).state).toEqual({ balance: 1, txCount: 1 })
  })
})

describe('a state that rides along', () => {
  test('makes a cold command two requests at any length of history', async () => {
    const { engine, store } = openBank()
    for (let n = 1; n <= 300; n++) await engine().execute(id, command.deposit(1))
    const before = store.requests()
    await engine().execute(id, command.deposit(1))
    expect(store.requests() - before).toBe(2)
  })

  test('is left out where it does not fit, and recovery still agrees', async () => {
    const { journal, platform, balance } = openBank(memoryStore())
    const padded = {
      ...account,
      initialState: { balance: 0, txCount: 0, padding: 'x'.repeat(1_500) },
      onEvent: (state: AccountState & { padding: string }, event: AccountEvent) => ({
        ...state,
        ...account.onEvent(state, event),
      }),
    }
    const engine = createEngine(padded, { journal, platform })
    for (let n = 1; n <= 20; n++) await engine.execute(id, command.deposit(1))
    const { base } = await journal.recover({ entityType: 'account', entityId: id }, {})
    expect(base).toBeUndefined()
    expect(await balance()).toBe(20)
  })
})

describe('an engine that lost a race while a snapshot was due', () => {
  test('has written a snapshot of a state that was durable', async () => {
    const { engine, store, snapshotRevision } = openWithoutRiding(5)
    const [one, two] = [engine(), engine()]
    for (let n = 1; n <= 5; n++) await one.execute(id, command.deposit(1))
    store.plan(
      'append',
      after(() => two.execute(id, command.deposit(100))),
    )
    await one.execute(id, command.deposit(1))
    await one.idle()
    expect(await snapshotRevision()).toBe(5)
    expect((await engine().read(id)).state).toEqual({ balance: 106, txCount: 7 })
  })
})
