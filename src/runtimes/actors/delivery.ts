import type { EntityKey } from '../../core/base/entity-key.ts'
import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { entityStopped, unexpected } from '../../core/base/failures.ts'
import type { Engine } from '../../core/engine/contract.ts'
import { commandScope } from '../../core/engine/command-scope.ts'
import { isActorFailure } from './failure.ts'
import type { Waiting } from './inbox.ts'

/** Where messages go, and what their actor has to know. */
export interface DeliveryOptions {
  readonly engine: Engine
  readonly key: EntityKey
  /** A command returned `Behaviors.stopped()`; none behind it begins. */
  onStopped(): void
  /** A handler failed. */
  onFailure(error: TailfoldError): void
}

/**
 * Sends messages to the engine together and settles them. Resolves with those that have to be sent again, in order: a
 * handler failed before they began. No time limit applies while they wait for their turn; each run, and each schema,
 * has that of the engine.
 */
export async function deliver(
  group: readonly Waiting[],
  { engine, key, onStopped, onFailure }: DeliveryOptions,
): Promise<readonly Waiting[]> {
  const scope = commandScope()
  let recall: TailfoldError | undefined

  async function hasBegun({ message, resolve, reject }: Waiting): Promise<boolean> {
    const { command, replyTo, commandId, inContext } = message
    const options = { commandId, replyTo, scope, deadline: Infinity }
    try {
      const outcome = await inContext(() => engine.execute(key.entityId, command, options))
      if (outcome.kind === 'replied' && outcome.stopped) onStopped()
      resolve(outcome)
    } catch (cause) {
      const error = isTailfoldError(cause) ? cause : unexpected(key, cause)
      if (error === recall) return false
      if (isActorFailure(error)) {
        recall ??= entityStopped(key, 'a command before it failed')
        scope.end(recall)
        onFailure(error)
      }
      reject(error)
    }
    return true
  }

  const begun = await Promise.all(group.map(hasBegun))
  return group.filter((_, index) => begun[index] === false)
}
