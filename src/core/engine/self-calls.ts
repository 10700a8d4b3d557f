import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import type { Platform } from '../base/platform.ts'

/** Notices a handler that sends a command to its own entity and would wait for itself. */
export interface SelfCalls {
  /** Runs a handler of the entity. */
  handle<Result>(entity: EntityKey, handler: () => Result): Result
  /** True inside a handler of the entity, or of one that such a handler waits for. Default: of any entity. */
  within(entity?: EntityKey): boolean
  /** Throws `TypeError` there. */
  check(entity: EntityKey): void
  /** Runs something that no handler waits for. */
  apart<Result>(run: () => Result): Result
}

/** The handlers that the current code runs within, by the names of their entities. */
interface Handling {
  readonly name: string
  readonly within: Handling | undefined
  ended: boolean
}

/** Works where the platform has async contexts; elsewhere nothing is noticed. */
export function selfCalls(platform: Platform): SelfCalls {
  const context = platform.createContext?.<Handling | undefined>()

  function within(entity?: EntityKey): boolean {
    const name = entity && describeEntity(entity)
    for (let handling = context?.get(); handling !== undefined; handling = handling.within) {
      if (!handling.ended && (name === undefined || name === handling.name)) return true
    }
    return false
  }

  return {
    within,
    handle(entity, handler) {
      if (context === undefined) return handler()
      const handling: Handling = { name: describeEntity(entity), within: context.get(), ended: false }
      const result = context.run(handling, handler)
      const end = () => {
        handling.ended = true
      }
      if (result instanceof Promise) result.then(end, end)
      else end()
      return result
    },
    check(entity) {
      if (!within(entity)) return
      const name = describeEntity(entity)
      throw new TypeError(
        `onCommand of ${name} must not send a command to ${name}: it would wait for itself. Decide on the state it was given, or send the command after it has returned.`,
      )
    },
    apart: (run) => (context === undefined ? run() : context.run(undefined, run)),
  }
}
