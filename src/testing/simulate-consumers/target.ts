import { storeFailure } from '../../core/base/failures.ts'
import { type Platform, sleep } from '../../core/base/platform.ts'
import type { EventMeta } from '../../consumers/index.ts'
import type { ConsumerFault } from './classes.ts'
import type { ConsumersPlan } from './plan.ts'

/** A call of the handler that came to its end. */
export interface Effect {
  readonly key: string
  readonly sequenceNr: number
  readonly revision: number
}

/** Where the effects of a consumer go, and where they fail as planned. */
export interface Target {
  /** The handler of a process whose clock is `platform`. */
  handle(platform: Platform, meta: EventMeta): Promise<void>
  /** Fails where an event, or the state that it leads to, cannot become part of a row: for good, or twice. */
  guard(consumerId: string, key: string, n: number): void
  /** All effects, in order. */
  readonly effects: readonly Effect[]
  /** Calls of the handler for one event, those that failed included. */
  calls(key: string, sequenceNr: number): number
  /** Deploys other code, for which nothing is poison. */
  mend(): void
}

/** Longer than a batch may take. */
const slowMs = 400

/** Starts with no effect. */
export function startTarget(
  { handlerFaults }: ConsumersPlan,
  keys: readonly string[],
  add: (fault: ConsumerFault) => void,
): Target {
  const effects: Effect[] = []
  const calls = new Map<string, number>()
  let mended = false
  const placeOf = (key: string, sequenceNr: number) => `${key} ${sequenceNr}`

  function plannedFor(key: string, sequenceNr: number) {
    return handlerFaults.find((planned) => keys[planned.entity] === key && planned.sequenceNr === sequenceNr)
      ?.fault
  }

  function guard(consumerId: string, key: string, n: number): void {
    const fault = plannedFor(key, n)
    if (fault === 'poison-always' && !mended) throw new Error('never')
    // A view parks whatever its row function throws.
    if (fault !== 'half-failed-batch' || consumerId.startsWith('steps@')) return
    const place = `${consumerId} ${placeOf(key, n)}`
    const before = calls.get(place) ?? 0
    calls.set(place, before + 1)
    if (before < 2) throw storeFailure('fold', 'it is busy', { applied: 'no' })
  }

  return {
    effects,
    guard,
    calls: (key, sequenceNr) => calls.get(placeOf(key, sequenceNr)) ?? 0,
    mend: () => void (mended = true),
    async handle(platform, { id, sequenceNr, revision }) {
      const key = id.slice(0, id.lastIndexOf('/'))
      const place = placeOf(key, sequenceNr)
      const before = calls.get(place) ?? 0
      calls.set(place, before + 1)
      const fault = plannedFor(key, sequenceNr)
      if (fault !== undefined && before === 0) add(fault)
      if (fault === 'slow') await sleep(platform, slowMs)
      if (fault === 'half-failed-batch' && before < 2)
        throw storeFailure('write', 'it is busy', { applied: 'no' })
      if (fault === 'poison-twice' && before < 2) throw new Error('not yet')
      if (fault === 'poison-always' && !mended) throw new Error('never')
      effects.push({ key, sequenceNr, revision })
    },
  }
}
