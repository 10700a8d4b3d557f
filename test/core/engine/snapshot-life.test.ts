import {
  Behaviors,
  createEngine,
  type EngineOptions,
  entity,
  KeyValueJournal,
  memoryStore,
  snapshotEvery,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { storeFailure } from '../../../src/core/base/failures.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { type Fault, faultyStore, replyLost, requestLost } from '../../helpers/faulty-store.ts'
import { distantStore, meteredStore } from '../../helpers/metered-store.ts'
import { noise } from '../../helpers/noise.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

const id = 'acc-001'

function open({ nEvents = 50, ...options }: Partial<EngineOptions> & { readonly nEvents?: number } = {}) {
  const store = faultyStore(meteredStore(memoryStore()))
  const platform = virtualPlatform()
  const journal = new KeyValueJournal(store, { inlineState: false })
  const warnings: string[] = []
  const onWarning = (message: string) => void warnings.push(message)
  const definition = { ...account, snapshotPolicy: snapshotEvery({ nEvents }) }
  const engine = (schemaVersion = 1, over: Partial<EngineOptions> = {}) =>
    createEngine(
      { ...definition, schemaVersion },
      { journal, platform, onWarning, costs: true, ...options, ...over },
    )
  return { store, platform, journal, warnings, engine }
}

describe('snapshots are counted from the journal, not by process', () => {
  test.each([1, 2, 4])(
    '600 events with a snapshot every 50: about 12 with %i warm processes',
    async (processes) => {
      const { engine, store } = open()
      const engines = Array.from({ length: processes }, () => engine())
      for (let n = 0; n < 600; n++) {
        const turn = engines[n % processes] as (typeof engines)[0]
        await turn.execute(id, command.deposit(1))
        await turn.idle()
      }
      expect(store.calls.saveSnapshot).toBeGreaterThanOrEqual(11)
      expect(store.calls.saveSnapshot).toBeLessThanOrEqual(13)
    },
  )
})

describe('recorded rejections lead to snapshots', () => {
  test('a cold command after 3,000 of them costs 2 requests and at most 2 read units', async () => {
    const store = faultyStore(meteredStore(memoryStore()))
    const platform = virtualPlatform()
    const options = {
      journal: new KeyValueJournal(store),
      platform,
      costs: true,
      maxRecordedRejections: 10_000,
    }
    const engine = () => createEngine(account, options)
    const warm = engine()
    for (let n = 0; n < 3_000; n++) await warm.execute(id, command.withdraw(1), { commandId: `r${n}` })
    await warm.idle()
    for (let n = 0; n < 3; n++) {
      const { cost } = await engine().execute(id, command.deposit(1))
      expect(cost?.requests).toBe(2)
      expect(cost?.readUnits).toBeLessThanOrEqual(2)
    }
  })
})

describe('schema versions', () => {
  const requestsOf = async (run: () => Promise<{ cost?: { requests: number } }>) =>
    (await run()).cost?.requests

  test('a rollback costs one full replay, and so does each version where two run side by side', async () => {
    const { engine, store } = open()
    const cold = (version: number) => {
      const one = engine(version)
      return requestsOf(async () => {
        const outcome = await one.execute(id, command.deposit(1))
        await one.idle()
        return outcome
      })
    }
    for (let n = 0; n < 200; n++) await cold(1)
    const replayed: number[] = []
    for (const version of [2, 2, 2, 1, 1, 1, 2, 1, 2, 1]) {
      const before = store.calls.range
      expect(await cold(version)).toBeLessThanOrEqual(5)
      if (store.calls.range - before > 1) replayed.push(version)
    }
    // Not even the first time where its snapshot is young enough.
    expect(replayed.length).toBeLessThanOrEqual(2)
    expect((await engine(1).read(id)).state).toEqual((await engine(2).read(id)).state)
  })
})

describe('a state that outgrows its record', () => {
  const growing = entity({
    entityType: 'growing',
    initialState: { parts: [] as readonly string[] },
    onEvent: ({ parts }, { part }: { type: 'Grown'; part: string }) => ({ parts: [...parts, part] }),
    onCommand: (_ctx, _state, { part }: { type: 'Grow'; part: string }) =>
      Behaviors.persisted({ events: [{ type: 'Grown' as const, part }], reply: ({ parts }) => parts.length }),
  })

  test('stays warm, costs one request a command, and warns once', async () => {
    const store = faultyStore(memoryStore())
    const warnings: string[] = []
    const onWarning = (message: string) => void warnings.push(message)
    const engine = createEngine(growing, {
      journal: new KeyValueJournal(store),
      platform: virtualPlatform(),
      onWarning,
    })
    const requests: number[] = []
    for (let n = 1; n <= 40; n++) {
      const before = store.requests() - store.calls.saveSnapshot
      const grown = await engine.execute('g', { type: 'Grow', part: noise(30_000 + n) })
      await engine.idle()
      expect(grown).toMatchObject({ reply: n })
      requests.push(store.requests() - store.calls.saveSnapshot - before)
    }
    expect(new Set(requests.slice(1))).toEqual(new Set([1]))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^The state of growing\/g has \d+ bytes/)
  })
})

test('a replay goes on from the page that was lost, and reads no commit twice', async () => {
  const platform = virtualPlatform()
  const kept = memoryStore()
  const store = faultyStore({
    ...kept,
    range: (key, from, limit, request) => kept.range(key, from, Math.min(limit, 10), request),
  })
  const options = {
    journal: new KeyValueJournal(store, { inlineState: false }),
    platform,
    snapshot: 'ignore',
  } as const
  const filler = createEngine(account, options)
  for (let n = 0; n < 60; n++) await filler.execute(id, command.deposit(1))
  const range = (call: () => Promise<unknown>) => call()
  store.plan('range', range, range, requestLost, range, replyLost)
  const before = store.calls.range
  const read = await createEngine(account, options).read(id)
  expect(read).toMatchObject({ revision: 60, state: { balance: 60, txCount: 60 } })
  expect(store.calls.range - before).toBeLessThanOrEqual(9)
})

describe('a replay that takes longer than one deadline', () => {
  const far = async (commits: number) => {
    const platform = virtualPlatform()
    const store = memoryStore()
    const filler = createEngine(account, {
      journal: new KeyValueJournal(store, { inlineState: false }),
      platform,
      snapshot: 'ignore',
    })
    for (let n = 0; n < commits; n++) await filler.execute(id, command.deposit(1))
    // Pages of ten commits, 50 ms each.
    const distant = distantStore(
      {
        ...store,
        range: (key, from, limit, request) => store.range(key, from, Math.min(limit, 10), request),
        recover: store.recover,
      },
      platform,
      50,
    )
    const warnings: string[] = []
    const options = {
      journal: new KeyValueJournal(distant, { inlineState: false }),
      platform,
      retry: { timeoutMs: 500 },
      onWarning: (message: string) => void warnings.push(message),
    }
    return { platform, options, warnings, store }
  }
  const never = { ...account, snapshotPolicy: () => false }

  test.each([
    ['of one process, from its warm view', never, false],
    [
      'of a new process each time, from the snapshot of the one before',
      { ...account, snapshotPolicy: snapshotEvery({ nEvents: 20 }) },
      true,
    ],
  ] as const)('comes back after a few attempts %s', async (_, definition, isNew) => {
    const { options } = await far(400)
    let engine = createEngine(definition, options)
    let attempts = 1
    for (; attempts < 20; attempts++) {
      if (isNew) engine = createEngine(definition, options)
      const done = await engine.execute(id, command.deposit(1)).then(Boolean, () => false)
      await engine.idle()
      if (done) break
    }
    expect(attempts).toBeLessThanOrEqual(8)
    expect((await engine.read(id)).state).toEqual({ balance: 401, txCount: 401 })
  })

  test('of a warm view that fell behind comes back too', async () => {
    const { options, platform, store } = await far(10)
    const engine = createEngine(never, options)
    await engine.read(id)
    const filler = createEngine(never, { journal: new KeyValueJournal(store), platform, snapshot: 'ignore' })
    for (let n = 0; n < 400; n++) await filler.execute(id, command.deposit(1))
    let attempts = 1
    for (; attempts < 20; attempts++) if (await engine.read(id).then(Boolean, () => false)) break
    expect(attempts).toBeLessThanOrEqual(8)
    expect((await engine.read(id)).revision).toBe(410)
  })
})

describe('reads', () => {
  const denied: Fault = async () => {
    throw storeFailure('save a snapshot', 'access denied', { applied: 'no', retryable: false })
  }
  const lost: Fault = async () => {
    throw new Error('ECONNRESET')
  }

  async function filled() {
    const bank = open({ nEvents: 1_000_000 })
    for (let n = 0; n < 120; n++) await bank.engine().execute(id, command.deposit(1))
    const reading = (over: Partial<EngineOptions> = {}) =>
      createEngine(
        { ...account, snapshotPolicy: snapshotEvery({ nEvents: 50 }) },
        {
          journal: bank.journal,
          platform: bank.platform,
          cache: { maxEntries: 0 },
          onWarning: (message) => void bank.warnings.push(message),
          ...over,
        },
      )
    return { ...bank, reading }
  }

  test('write a snapshot that is due, once', async () => {
    const { reading, store } = await filled()
    for (let n = 0; n < 3; n++) {
      const engine = reading()
      await engine.read(id)
      await engine.idle()
    }
    expect(store.calls.saveSnapshot).toBe(1)
  })

  test('stop after access was denied, with one warning, and go on after another failure', async () => {
    const { reading, store, warnings } = await filled()
    const engine = reading()
    store.plan('saveSnapshot', lost, denied)
    for (let n = 0; n < 5; n++) {
      await engine.read(id)
      await engine.idle()
    }
    expect(store.calls.saveSnapshot).toBe(2)
    expect(warnings).toHaveLength(2)
  })

  test('of the head are bound by the deadline too, page by page', async () => {
    const { journal, platform, store } = await filled()
    const engine = createEngine(account, { journal, platform })
    store.plan('recover', async (call) => ({ ...((await call()) as object), commits: [], more: true }))
    store.plan(
      'range',
      () => new Promise(() => {}),
      () => new Promise(() => {}),
      () => new Promise(() => {}),
      () => new Promise(() => {}),
    )
    const startedAt = platform.now()
    const reader = engine.reader({ deadline: startedAt + 1_000 })
    const error = await rejectionOf(reader.head(reader.key(id)))
    expect(error).toMatchObject({ code: 'store-unavailable' })
    expect(platform.now() - startedAt).toBeLessThanOrEqual(1_000)
  })
})
