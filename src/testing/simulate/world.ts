import { type VirtualPlatform, virtualPlatform, virtualStartMs } from '../virtual-platform.ts'
import { startTally, type Tally } from './classes.ts'

/** What all parts of one history share: true time, the count of its steps, and what has struck. */
export interface World {
  readonly platform: VirtualPlatform
  /** Numbers what happens, in order. */
  step(): number
  /** True time since the beginning, which no clock of a process need show. */
  elapsedMs(): number
  readonly tally: Tally
}

/** A world at its beginning. */
export function startWorld(seed: number): World {
  const platform = virtualPlatform(seed)
  let steps = 0
  return {
    platform,
    step: () => steps++,
    elapsedMs: () => platform.now() - virtualStartMs,
    tally: startTally(),
  }
}
