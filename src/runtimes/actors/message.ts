import type { EntityKey } from '../../core/base/entity-key.ts'
import { isTailfoldError, TailfoldError } from '../../core/base/errors.ts'
import type { Platform, RunInContext } from '../../core/base/platform.ts'
import { copyCommand } from '../../core/engine/accept-command.ts'
import { checkRequest } from '../../core/engine/check-request.ts'
import type { ActorRef, TypedMessage } from '../../core/entity/message.ts'

/** A command on its way to an actor. */
export interface Message {
  /** Copied and frozen when it was sent; without `replyTo`. */
  readonly command: TypedMessage
  readonly replyTo: ActorRef<unknown> | undefined
  /** Idempotency key. */
  readonly commandId: string | undefined
  /** Runs something in the async context of the sender. */
  readonly inContext: RunInContext
  /** Set when its asker gave up: it is dropped unless it has begun. */
  abandoned?: boolean
}

/** Makes the message of a command. Throws `invalid-command` on what an engine would not take. */
export function messageOf(platform: Platform, entity: EntityKey, sent: unknown, commandId?: string): Message {
  const command = sent as TypedMessage & { readonly replyTo?: ActorRef<unknown> }
  try {
    checkRequest(entity, command, { commandId })
    return {
      command: copyCommand(command, commandId !== undefined),
      replyTo: command.replyTo,
      commandId,
      inContext: platform.captureContext?.() ?? ((run) => run()),
    }
  } catch (cause) {
    if (isTailfoldError(cause)) throw cause
    const problem = 'reading its fields threw'
    throw new TailfoldError(
      'invalid-command',
      `The command is not valid: ${problem}.`,
      { problem },
      { cause },
    )
  }
}
