import { type Checks, checkOptions, checkValues, wholeNumber } from '../../core/base/check-options.ts'
import { createEngine } from '../../core/engine/engine.ts'
import { Behaviors } from '../../core/entity/behaviors.ts'
import { entity } from '../../core/entity/entity.ts'
import { keyValueJournal } from '../../journal/key-value-journal.ts'
import type { Store } from '../../journal/store.ts'
import { systemPlatform } from '../../platform.ts'
import type { OpenedStore } from '../store-conformance/suite.ts'
import { seededRandom } from '../virtual-platform.ts'

/** Options of {@link storeChaos}. */
export interface StoreChaosOptions {
  /** Opens a connection, once for each writer; all lead to one database. */
  readonly open: () => Promise<OpenedStore>
  /** Writers, each with a connection and a cache of its own, at once on one entity. Default 8. */
  readonly writers?: number
  /** Commands of each writer, one after the other, each sent twice under one command id. Default 10. */
  readonly commands?: number
  /** Part of the appends that fail: half of them before they reach the store, half after. 0 to 0.9. Default 0.25. */
  readonly faulty?: number
  /** Of the faults: the same seed fails the same draws. Default 1. */
  readonly seed?: number
}

/** What {@link storeChaos} did. */
export interface ChaosReport {
  /** Commands; each was carried out exactly once. */
  readonly commands: number
  /** Appends that were failed on purpose. */
  readonly faults: number
}

interface State {
  readonly total: number
}

const counter = entity({
  entityType: 'store-chaos',
  initialState: { total: 0 } as State,
  onEvent: (state: State, _event: { readonly type: 'Counted' }) => ({ total: state.total + 1 }),
  onCommand: (_ctx, _state, _command: { readonly type: 'Count' }) =>
    Behaviors.persisted<{ readonly type: 'Counted' }, State>({ events: [{ type: 'Counted' }] }),
})

const timeoutMs = 30_000

const checks: Checks<StoreChaosOptions> = {
  open: ['a function that opens a connection', (value) => typeof value === 'function'],
  writers: wholeNumber(1),
  commands: wholeNumber(1),
  faulty: ['a number from 0 to 0.9', (value) => typeof value === 'number' && value >= 0 && value <= 0.9],
  seed: wholeNumber(0),
}

/**
 * Proves what conformance cannot: that a store loses nothing and doubles nothing while requests and answers get lost.
 * Writers send each command twice under one id through connections whose appends fail at random; then the entity must
 * have counted each command once. Writes one entity of the type `store-chaos`. Takes about a second on a local database.
 *
 * Rejects with a `TypeError` on options that cannot work, with an Error that names the seed where a command was lost or
 * doubled, and with what the engine throws.
 */
export async function storeChaos(options: StoreChaosOptions): Promise<ChaosReport> {
  checkOptions('storeChaos', options, checks)
  // It has no default: `null` fails its check, where `undefined` would pass.
  checkValues({ open: options.open ?? null } as StoreChaosOptions, checks)
  const { open, writers = 8, commands = 10, faulty = 0.25, seed = 1 } = options
  const id = globalThis.crypto.randomUUID()
  const random = seededRandom(seed)
  let faults = 0
  const failing = (store: Store) => unreliable(store, faulty, random, () => (faults += 1))
  const opened: OpenedStore[] = []
  try {
    while (opened.length < writers) opened.push(await open())
    const writing = opened.map(async ({ store }, writer) => {
      const engine = engineOver(failing(store))
      for (let number = 0; number < commands; number++) {
        const send = () => engine.execute(id, { type: 'Count' }, { commandId: `${writer}-${number}` })
        const { revision } = await send()
        const again = await send()
        if (!again.replayed || again.revision !== revision)
          throw new Error(`Revision ${revision} was acknowledged, and is lost. Seed: ${seed}.`)
      }
    })
    // All have ended before a connection is closed, also when one fails.
    const failed = (await Promise.allSettled(writing)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    const [first] = opened
    const total = first === undefined ? 0 : (await engineOver(first.store).read(id)).state.total
    const expected = opened.length * commands
    if (total !== expected)
      throw new Error(`Of ${expected} commands ${total} were carried out. Seed: ${seed}.`)
    return { commands: expected, faults }
  } finally {
    for (const { close } of opened) await close?.()
  }
}

function engineOver(store: Store) {
  const journal = keyValueJournal(store)
  return createEngine(counter, { journal, platform: systemPlatform, retry: { timeoutMs } })
}

function unreliable(store: Store, faulty: number, random: () => number, count: () => void): Store {
  // Each method is called on the store: one that is an object of a class has none of its own.
  return {
    limits: store.limits,
    recordBytes: (...args) => store.recordBytes(...args),
    recover: async (...args) => store.recover(...args),
    range: async (...args) => store.range(...args),
    saveSnapshot: async (...args) => store.saveSnapshot(...args),
    ...(store.findCommandId && { findCommandId: async (...args) => store.findCommandId?.(...args) }),
    async append(...args) {
      const draw = random()
      if (draw < faulty) count()
      if (draw < faulty / 2) throw new Error('The request was lost.')
      const result = await store.append(...args)
      if (draw < faulty) throw new Error('The answer was lost.')
      return result
    },
  }
}
