import type { Platform } from '../base/platform.ts'

const others = ['schedule', 'random', 'newId', 'sha256', 'captureContext', 'createContext'] as const

/**
 * A platform whose clock never fails: while that of `platform` throws or does not tell the time, it stands still. The engine
 * asks for the time where nothing can be undone, and where nobody would hear of an error.
 */
export function withSteadyClock(platform: Platform): Platform {
  let last = 0
  const steady: Record<string, unknown> = {
    now() {
      try {
        const time = platform.now()
        if (Number.isFinite(time)) last = time
      } catch {
        // The next command is refused for it.
      }
      return last
    },
  }
  // A platform may be of a class: its methods need their `this`.
  for (const name of others) steady[name] = platform[name]?.bind(platform as never)
  // It has `now`, and of the others what `platform` has.
  return steady as unknown as Platform
}
