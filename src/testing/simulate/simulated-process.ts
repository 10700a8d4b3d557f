import type { Platform } from '../../core/base/platform.ts'
import type { Store } from '../../journal/store.ts'
import type { VirtualPlatform } from '../virtual-platform.ts'

/** One process: what it runs sees time and store through gates that a crash closes and a freeze closes for a while. */
export interface SimulatedProcess {
  readonly platform: Platform
  readonly store: Store
  /** From now on nothing it runs goes on. Requests it has sent still arrive. */
  crash(): void
  /** Nothing it runs goes on before `thaw`. */
  freeze(): void
  thaw(): void
  jumpClock(ms: number): void
  readonly crashed: () => boolean
}

const never = new Promise<never>(() => {})

/** Starts a process. It crashes by itself when it waits for the `crashAtWait`-th time. */
export function simulatedProcess(
  world: VirtualPlatform,
  shared: Store,
  crashAtWait?: number,
): SimulatedProcess {
  let crashed = false
  let waits = 0
  let clockOffsetMs = 0
  let thawed: Promise<void> | undefined
  let release: () => void = () => {}

  /** Passed before whatever a process does next after waiting; counts, blocks, or ends it. */
  async function gate(): Promise<void> {
    if (++waits === crashAtWait) crashed = true
    while (thawed !== undefined && !crashed) await thawed
    if (crashed) await never
  }

  async function through<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    await gate()
    try {
      const answer = await send()
      await gate()
      return answer
    } catch (error) {
      await gate()
      throw error
    }
  }

  return {
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
      clockOffsetMs += ms
    },
    platform: {
      now: () => world.now() + clockOffsetMs,
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
    },
    store: {
      limits: shared.limits,
      recordBytes: (...args) => shared.recordBytes(...args),
      append: (...args) => through(() => shared.append(...args)),
      recover: (...args) => through(() => shared.recover(...args)),
      range: (...args) => through(() => shared.range(...args)),
      saveSnapshot: (...args) => through(() => shared.saveSnapshot(...args)),
      findCommandId: (...args) => through(async () => shared.findCommandId?.(...args)),
    },
  }
}
