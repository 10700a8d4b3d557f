import type { TailfoldError } from '../../core/base/errors.ts'
import type { Platform } from '../../core/base/platform.ts'
import type { Outcome } from '../../core/engine/outcome.ts'
import type { Message } from './message.ts'

/** A message and who waits for its outcome. */
export interface Waiting {
  readonly message: Message
  resolve(outcome: Outcome): void
  reject(error: TailfoldError): void
}

/** The messages of one actor, first in first out. */
export interface Inbox {
  /** Adds a message; settles with its outcome. */
  add(message: Message): Promise<Outcome>
  /** Holds all messages back for so many milliseconds. */
  pause(ms: number): void
  paused(): boolean
  /** Fails all messages that have not begun, and ends the pause. */
  fail(error: () => TailfoldError): void
  /** Resolves when nothing is left. */
  idle(): Promise<void>
}

/** What an inbox needs. */
export interface InboxOptions {
  readonly platform: Platform
  /** How many messages may be handed over together. */
  readonly groupSize: () => number
  /** Carries messages out together; resolves with those that did not begin. Must not throw. */
  carryOut(group: readonly Waiting[]): Promise<readonly Waiting[]>
  /** Called when nothing is left. */
  onIdle(): void
}

/** Makes an inbox. It hands over one group at a time, so that what a group leads to holds for all messages behind it. */
export function inbox({ platform, groupSize, carryOut, onIdle }: InboxOptions): Inbox {
  let waiting: Waiting[] = []
  let draining: Promise<void> | undefined
  let pause: { readonly over: Promise<void>; end(): void } | undefined
  let failure: (() => TailfoldError) | undefined

  async function drain(): Promise<void> {
    await Promise.resolve() // messages sent in the same turn go together
    while (waiting.length > 0) {
      await pause?.over
      const group = waiting.splice(0, groupSize()).filter(({ message }) => message.abandoned !== true)
      const notBegun = await carryOut(group)
      if (notBegun.length > 0) waiting = [...notBegun, ...waiting]
      failAll()
    }
    draining = undefined
    onIdle()
  }

  function failAll(): void {
    if (failure === undefined) return
    for (const { reject } of waiting.splice(0)) reject(failure())
  }

  return {
    add: (message) =>
      new Promise((resolve, reject) => {
        waiting.push({ message, resolve, reject })
        draining ??= drain()
      }),
    pause(ms) {
      const { promise: over, resolve } = Promise.withResolvers<void>()
      const cancel = platform.schedule(ms, () => pause?.end())
      const end = () => {
        cancel()
        pause = undefined
        resolve()
      }
      pause = { over, end }
    },
    paused: () => pause !== undefined,
    fail(error) {
      failure = error
      pause?.end()
      failAll()
    },
    idle: async () => draining,
  }
}
