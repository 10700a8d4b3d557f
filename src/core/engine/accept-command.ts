import type { EntityKey } from '../base/entity-key.ts'
import { approximateBytes, frozenCopy, frozenJson } from '../base/json.ts'
import type { Platform } from '../base/platform.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Principal, TypedMessage } from '../entity/message.ts'
import { frozenMetadata } from '../base/metadata.ts'
import { invalidCommand, parseCommand } from '../entity/schema-checks.ts'
import type { ExecuteOptions } from './contract.ts'
import type { Warn } from './hooks.ts'
import type { CommandObserver } from './observer.ts'
import type { Outcome } from './outcome.ts'
import type { CommandQueue } from './command-queue.ts'
import { type CommandFacts, pendingCommand } from './pending-command.ts'
import { identify } from './receipts.ts'

/** What every command of an engine is made with. */
export interface AcceptOptions {
  readonly definition: ResolvedEntity
  readonly platform: Platform
  readonly observers: readonly CommandObserver[]
  readonly warn: Warn
  /** Outcomes of commands whose schemas are asynchronous, until they are known. */
  readonly parsing: Set<Promise<Outcome>>
  readonly queue: Pick<CommandQueue, 'hold' | 'send'>
}

/**
 * Copies a checked command, parses it by its schema and sends it on its way. A promise of the outcome; commands are sent
 * in the order of the calls, but those with asynchronous schemas as these answer, unless they share a scope.
 *
 * @param due When the schema must have answered, in milliseconds since the Unix epoch.
 */
export function acceptCommand(
  options: AcceptOptions,
  entity: EntityKey,
  sent: TypedMessage,
  request: ExecuteOptions,
  due: number,
): Promise<Outcome> {
  const { definition, platform, observers, warn, queue, parsing } = options
  const { commandId, expectedRevision, dedupe = definition.dedupe } = request
  const { traceparent, requestId, scope, replyTo, deadline = due } = request
  const principal = request.principal && frozenPrincipal(request.principal)
  const metadata = request.metadata && frozenMetadata(request.metadata)
  // Of the command as it was sent, before a schema changes it.
  const json = commandId === undefined ? undefined : copyCommand(sent, true)
  const identity =
    commandId === undefined || json === undefined ? undefined : identify(platform, commandId, json, principal)

  function begin(parsed: TypedMessage): Promise<Outcome> {
    const command = parsed === sent && json !== undefined ? json : copyCommand(parsed, false)
    const facts: CommandFacts = {
      command,
      bytes: approximateBytes(command),
      identity,
      dedupe,
      principal,
      traceparent,
      metadata,
      expectedRevision,
      expectsNew: request.expect === 'new' || expectedRevision === 0,
      scope,
      acceptedAt: platform.now(),
      deadline,
    }
    const caller = { entity, sentType: sent.type, requestId, replyTo, observers, warn }
    const { pending, outcome } = pendingCommand(platform, facts, caller)
    queue.send(entity, pending, outcome)
    return outcome
  }

  /** A command that waits for its schema takes memory like one that waits for its turn. */
  async function beginLater(parsed: Promise<TypedMessage>): Promise<Outcome> {
    parsed.catch(() => {})
    const leave = queue.hold(entity, approximateBytes(json ?? copyCommand(sent, false)))
    const command = await parsed.finally(leave)
    return begin(command)
  }

  const checked = parseCommand(definition, entity, sent, { platform, deadline: due })
  const parsed = scope?.inOrder(checked) ?? checked
  if (!(parsed instanceof Promise)) return begin(parsed)
  const outcome = beginLater(parsed)
  const ended = () => void parsing.delete(outcome)
  parsing.add(outcome)
  outcome.then(ended, ended)
  return outcome
}

/** The command without its `replyTo`, copied and frozen. Under a command id it must be JSON, and is taken as such. */
export function copyCommand(command: TypedMessage, hasId: boolean): TypedMessage {
  const { replyTo: _, ...fields } = command as TypedMessage & { readonly replyTo?: unknown }
  try {
    return hasId ? frozenJson(fields, 'command') : frozenCopy(fields)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw invalidCommand(hasId ? `with a command id it must be plain JSON. ${why}` : why, cause)
  }
}

/** A frozen copy of the principal, so that a handler cannot change it for others. */
function frozenPrincipal(principal: Principal): Principal {
  try {
    return frozenCopy(principal)
  } catch (cause) {
    throw new TypeError('The claims of principal must not have cycles.', { cause })
  }
}
