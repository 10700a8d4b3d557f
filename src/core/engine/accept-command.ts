import type { EntityKey } from '../base/entity-key.ts'
import type { Platform } from '../base/platform.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { TypedMessage } from '../entity/message.ts'
import { parseCommand } from '../entity/schema-checks.ts'
import { copyCommand } from './check-request.ts'
import type { ExecuteOptions } from './contract.ts'
import type { Warn } from './hooks.ts'
import type { CommandObserver } from './observer.ts'
import type { Outcome } from './outcome.ts'
import { type PendingCommand, pendingCommand } from './pending-command.ts'
import { identify } from './receipts.ts'

/** What every command of an engine is made with. */
export interface AcceptOptions {
  readonly definition: ResolvedEntity
  readonly platform: Platform
  readonly observers: readonly CommandObserver[]
  readonly warn: Warn
  readonly send: (entity: EntityKey, pending: PendingCommand, outcome: Promise<Outcome>) => void
}

/**
 * Copies a checked command, parses it by its schema and sends it on its way. A promise of the outcome; commands are sent
 * in the order of the calls unless their schemas are asynchronous.
 */
export function acceptCommand(
  options: AcceptOptions,
  entity: EntityKey,
  sent: TypedMessage,
  request: ExecuteOptions,
  deadline: number,
): Promise<Outcome> {
  const { definition, platform, observers, warn, send } = options
  const { commandId, principal, expectedRevision, dedupe = definition.dedupe } = request
  // Of the command as it was sent, before a schema changes it.
  const identity =
    commandId === undefined
      ? undefined
      : identify(platform, commandId, copyCommand(sent, true).value, principal)

  function begin(parsed: TypedMessage): Promise<Outcome> {
    const { value: command, bytes } = copyCommand(parsed, false)
    const { pending, outcome } = pendingCommand(platform, {
      ...{ entity, sent, command, bytes, identity, dedupe, deadline, expectedRevision, observers, warn },
      principal: principal && Object.freeze({ ...principal }),
      traceparent: request.traceparent,
      requestId: request.requestId,
      expectsNew: request.expect === 'new' || expectedRevision === 0,
      scope: request.scope,
      replyTo: request.replyTo,
    })
    send(entity, pending, outcome)
    return outcome
  }

  const parsed = parseCommand(definition, entity, sent, { platform, deadline })
  return parsed instanceof Promise ? parsed.then(begin) : begin(parsed)
}
