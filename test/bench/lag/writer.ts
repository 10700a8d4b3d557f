import { Behaviors, type CommandContext, createEngine, entity, systemPlatform } from '../../../src/index.ts'
import { keyValueJournal } from '../../../src/journal/index.ts'
import { openPlace, type Place } from '../rebuild/stores.ts'

/** An event with the time at which its command was sent, in milliseconds since the Unix epoch, finer than those. */
export interface Marked {
  readonly type: 'Marked'
  readonly at: number
}

/** An entity that keeps nothing but when it was last marked. */
export const mark = entity({
  entityType: 'mark',
  initialState: { at: 0 },
  onEvent: (_state, { at }: Marked) => ({ at }),
  onCommand: (_ctx: CommandContext, _state, { at }: { type: 'Mark'; at: number }) =>
    Behaviors.persisted<Marked, { at: number }>({ events: [{ type: 'Marked', at }] }),
})

/** What the process is told. */
export interface LagTask {
  readonly place: Place
  readonly commands: number
  readonly perSecond: number
}

/** Milliseconds since the Unix epoch, alike in all processes. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}

/*
 * The process that a follower follows: sends commands to ten entities at a rate, and ends.
 */
process.once('message', ({ place, commands, perSecond }: LagTask) => {
  void (async () => {
    const { store, rows } = await openPlace(place)
    const engine = createEngine(mark, { journal: keyValueJournal(store), platform: systemPlatform })
    for (let n = 0; n < commands; n++) {
      const next = performance.now() + 1_000 / perSecond
      await engine.execute(`m${n % 10}`, { type: 'Mark', at: preciseNow() })
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())))
    }
    await engine.idle()
    await store.close?.()
    await rows.close?.()
    process.disconnect()
  })()
})
