import type { Platform } from '../../core/base/platform.ts'
import type { Actor } from './actor.ts'

/** Passivates the actors that have been idle for long enough, with one timer for all of them. */
export interface Passivation {
  /** Nothing is left to do for this actor. */
  idle(actor: Actor): void
  /** It has messages again, or has stopped. */
  busy(actor: Actor): void
}

/** Makes the passivation of a system. `afterMs` is the idle time in milliseconds; `Infinity` turns passivation off. */
export function passivation(platform: Platform, afterMs: number): Passivation {
  if (afterMs === Infinity) return { idle() {}, busy() {} }
  /** When each became idle; the longest idle comes first. */
  const idleSince = new Map<Actor, number>()
  let cancelTimer: (() => void) | undefined

  function sweep(): void {
    const now = platform.now()
    for (const [actor, since] of idleSince) {
      if (since + afterMs > now) break
      idleSince.delete(actor)
      if (!actor.passivate()) idleSince.set(actor, now)
    }
    cancelTimer = undefined
    const [oldest] = idleSince.values()
    if (oldest !== undefined) cancelTimer = platform.schedule(oldest + afterMs - now, sweep)
  }

  return {
    idle(actor) {
      idleSince.set(actor, platform.now())
      cancelTimer ??= platform.schedule(afterMs, sweep)
    },
    busy(actor) {
      idleSince.delete(actor)
      if (idleSince.size > 0) return
      cancelTimer?.()
      cancelTimer = undefined
    },
  }
}
