import type { Platform } from '../../core/base/platform.ts'
import type { VirtualPlatform } from '../virtual-platform.ts'
import { largestClockOffsetMs } from './plan.ts'

/** One process: what it runs sees time and store through gates that a crash closes and a freeze holds shut for a while. */
export interface SimulatedProcess {
  readonly platform: Platform
  /** Sends a request; neither it nor its answer passes a closed gate. */
  through<Answer>(send: () => Promise<Answer>): Promise<Answer>
  /** From now on nothing it runs goes on. Requests it has sent still arrive. */
  crash(): void
  /** Nothing it runs goes on before `thaw`. */
  freeze(): void
  thaw(): void
  jumpClock(ms: number): void
  readonly crashed: () => boolean
}

/** How a process begins. */
export interface ProcessOptions {
  readonly clockOffsetMs: number
  /** It crashes by itself when it waits for the n-th time. */
  readonly crashAtWait: number | undefined
}

const never = new Promise<never>(() => {})

/** Starts a process. */
export function simulatedProcess(
  world: VirtualPlatform,
  { clockOffsetMs, crashAtWait }: ProcessOptions,
): SimulatedProcess {
  let crashed = false
  let waits = 0
  let offsetMs = clockOffsetMs
  let thawed: Promise<void> | undefined
  let release: () => void = () => {}

  /** Passed before whatever a process does next after waiting; counts, blocks, or ends it. */
  async function gate(): Promise<void> {
    if (++waits === crashAtWait) crashed = true
    while (thawed !== undefined && !crashed) await thawed
    if (crashed) await never
  }

  return {
    async through(send) {
      await gate()
      try {
        const answer = await send()
        await gate()
        return answer
      } catch (error) {
        await gate()
        throw error
      }
    },
    crashed: () => crashed,
    crash() {
      crashed = true
      release()
    },
    freeze() {
      thawed ??= new Promise((resolve) => {
        release = resolve
      })
    },
    thaw() {
      thawed = undefined
      release()
    },
    jumpClock(ms) {
      offsetMs = Math.min(largestClockOffsetMs, Math.max(-largestClockOffsetMs, offsetMs + ms))
    },
    platform: gatedPlatform(world, gate, () => offsetMs),
  }
}

/** Time as a process sees it: on its own clock, and only while its gate is open. */
function gatedPlatform(world: VirtualPlatform, gate: () => Promise<void>, offsetMs: () => number): Platform {
  return {
    now: () => world.now() + offsetMs(),
    random: () => world.random(),
    newId: () => world.newId(),
    sha256: (text) => world.sha256(text),
    schedule(ms, callback) {
      const pass = async () => {
        await gate()
        callback()
      }
      return world.schedule(ms, () => void pass())
    },
  }
}
