import { checkEntityId, checkTenant, type EntityKey } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { type Copied, frozenCopy, frozenJson } from '../base/json.ts'
import type { TypedMessage } from '../entity/message.ts'
import type { ExecuteOptions } from './contract.ts'

const longestId = 256

/** Commands that Tailfold itself sends may use ids with it. */
const reservedPrefix = '~'

/** Throws `invalid-id` and `invalid-command`, and `TypeError` on a tenant, principal or option that cannot be. */
export function checkRequest(entity: EntityKey, command: TypedMessage, options: ExecuteOptions): void {
  checkTenant(entity.tenant)
  checkEntityId(entity.entityId)
  const { commandId, expectedRevision, principal, dedupe, replyTo, deadline } = options
  if (principal !== undefined && !isId(principal?.id)) {
    throw new TypeError(`principal.id must be well-formed text of 1 to ${longestId} characters.`)
  }
  if (dedupe !== undefined && dedupe !== 'window' && dedupe !== 'always') {
    throw new TypeError("dedupe must be 'window' or 'always'.")
  }
  if (replyTo !== undefined && typeof replyTo?.tell !== 'function') {
    throw new TypeError('replyTo must be an ActorRef: an object with a function tell.')
  }
  const problem =
    problemOfCommand(command) ??
    (commandId !== undefined && !isId(commandId)
      ? `a command id must be well-formed text of 1 to ${longestId} characters`
      : commandId?.startsWith(reservedPrefix)
        ? `command ids beginning with "${reservedPrefix}" are reserved`
        : deadline !== undefined && (typeof deadline !== 'number' || Number.isNaN(deadline))
          ? 'a deadline must be a time in milliseconds'
          : expectedRevision !== undefined &&
              !(Number.isSafeInteger(expectedRevision) && expectedRevision >= 0)
            ? 'an expected revision must be a whole number from 0 on'
            : undefined)
  if (problem !== undefined) throw invalidCommand(problem)
}

/** The command without its `replyTo`, copied and frozen; under a command id it must be plain JSON. */
export function copyCommand(command: TypedMessage, hasId: boolean): Copied<TypedMessage> {
  const { replyTo: _, ...fields } = command as TypedMessage & { readonly replyTo?: unknown }
  try {
    if (hasId) return { value: frozenJson(fields, 'command'), bytes: frozenCopy(fields).bytes }
    return frozenCopy(fields)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw invalidCommand(hasId ? `with a command id it must be plain JSON. ${why}` : why, cause)
  }
}

function problemOfCommand(command: TypedMessage): string | undefined {
  if (typeof command !== 'object' || command === null || typeof command.type !== 'string') {
    return 'a command must be an object with its name in `type`'
  }
  const { replyTo } = command as TypedMessage & { readonly replyTo?: { readonly tell?: unknown } }
  return replyTo === undefined || typeof replyTo?.tell === 'function'
    ? undefined
    : '`replyTo` must be an ActorRef: an object with a function tell'
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id.isWellFormed() && id.length >= 1 && id.length <= longestId
}

function invalidCommand(problem: string, cause?: unknown): TailfoldError<'invalid-command'> {
  const end = problem.endsWith('.') ? '' : '.'
  return new TailfoldError(
    'invalid-command',
    `The command is not valid: ${problem}${end}`,
    { problem },
    { cause },
  )
}
