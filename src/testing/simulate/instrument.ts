import { plainCopy } from '../../core/base/json.ts'
import { isThenable } from '../../core/base/thenable.ts'
import type { Behavior } from '../../core/entity/behavior.ts'
import type { AnyEntity, CommandContext } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { deface } from './deface.ts'

/** How an entity runs in one process. */
export interface Instruments {
  /** Code of the next schema version, which keeps its state in another shape. */
  readonly newCode: boolean
  /** Its handlers try to change all that they are given. */
  readonly mutating: boolean
  /** Called for each decision, before it is made. The handler begins when the promise is fulfilled, if it gives one. */
  readonly onDecide: (ctx: CommandContext, command: TypedMessage) => Promise<void> | void
}

type AnyBehavior = Behavior<TypedMessage, unknown>

/**
 * The same entity, watched. It decides and folds what it would alone: nothing is added to commands, events or states,
 * apart from the shape that new code gives to a state, so that a state that either version takes from the other does not
 * go unnoticed.
 */
export function instrument(definition: AnyEntity, { newCode, mutating, onDecide }: Instruments): AnyEntity {
  // Without a state, as from a missing case, there is nothing to wrap: the engine has to see that.
  const wrap = (state: unknown) => (newCode && state !== undefined ? { newCode: state } : state)
  const unwrap = (state: unknown) => stateOf(state, newCode)
  /** What a handler works on. A mutating one is given a copy and spoils the original, for it shall decide the same. */
  const given = <Value>(value: Value) => (mutating ? plainCopy(value) : value)

  function adapt(behavior: AnyBehavior): AnyBehavior {
    if (behavior?.kind !== 'persisted' || behavior.reply === undefined) return behavior
    return { ...behavior, reply: (after: unknown) => behavior.reply?.(given(unwrap(after))) }
  }

  function decide(
    ctx: CommandContext,
    state: unknown,
    command: TypedMessage,
  ): AnyBehavior | Promise<AnyBehavior> {
    const answer = definition.onCommand(ctx, given(unwrap(state)), given(command))
    if (mutating) [ctx, state, command].forEach(deface)
    return isThenable(answer) ? Promise.resolve(answer).then(adapt) : adapt(answer)
  }

  return {
    ...definition,
    schemaVersion: versionOf(definition) + (newCode ? 1 : 0),
    initialState: wrap(definition.initialState),
    onEvent(state, event) {
      const next = wrap(definition.onEvent(given(unwrap(state)), given(event)))
      if (mutating) [state, event].forEach(deface)
      return next
    },
    onCommand(ctx, state, command) {
      const delay = onDecide(ctx, command)
      return delay === undefined ? decide(ctx, state, command) : delay.then(() => decide(ctx, state, command))
    },
  }
}

/** The state in the definition's own shape, whatever code made it. */
export function stateOf(stored: unknown, newCode: boolean): unknown {
  return newCode ? (stored as { readonly newCode?: unknown }).newCode : stored
}

/** The schema version of the code before its change; new code has the next one. */
export function versionOf({ schemaVersion = 1 }: AnyEntity): number {
  return schemaVersion
}
