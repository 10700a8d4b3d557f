import { anything, type Checks, checkOptions, oneOf } from '../base/check-options.ts'
import { checkEntityId, checkTenant, type EntityKey } from '../base/entity-key.ts'
import type { Principal, TypedMessage } from '../entity/message.ts'
import { frozenMetadata, metadataForm } from '../base/metadata.ts'
import { invalidCommand } from '../entity/schema-checks.ts'
import type { ExecuteOptions, ReadOptions } from './contract.ts'

const longestId = 256

/** Longest `traceparent` that is kept; the one of version 00 has 55 characters. */
const longestTraceparent = 512

/** Kept free for command ids of Tailfold's own. */
const reservedPrefix = '~'

/** Throws `invalid-id` and `invalid-command`, and `TypeError` on a tenant, principal or option that cannot be. */
export function checkRequest(entity: EntityKey, command: TypedMessage, options: ExecuteOptions): void {
  checkTenant(entity.tenant)
  checkEntityId(entity.entityId)
  checkOptions('execute', options, checks)
  const { commandId, expectedRevision, deadline } = options
  const problem =
    problemOfCommand(command) ??
    problemOfId(commandId) ??
    (deadline !== undefined && !isTime(deadline)
      ? 'a deadline must be a time in milliseconds'
      : expectedRevision !== undefined && !(Number.isSafeInteger(expectedRevision) && expectedRevision >= 0)
        ? 'an expected revision must be a whole number from 0 on'
        : undefined)
  if (problem !== undefined) throw invalidCommand(problem)
}

/** Throws `TypeError` on options of a read that cannot be; their tenant is checked with the entity id. */
export function checkReadOptions(options: ReadOptions): void {
  checkOptions('read', options, {
    tenant: anything,
    deadline: ['a time in milliseconds since the Unix epoch', isTime],
  })
}

/** Checks options set by the application. Values from callers are checked as data. */
const checks: Checks<ExecuteOptions> = {
  commandId: anything,
  principal: [
    `an object, and principal.id well-formed text of 1 to ${longestId} characters`,
    (principal) => isId((principal as Partial<Principal> | null)?.id),
  ],
  dedupe: oneOf('window', 'always'),
  expectedRevision: anything,
  deadline: anything,
  tenant: anything,
  replyTo: ['an ActorRef: an object with a function tell', (ref) => hasFunction(ref, 'tell')],
  expect: oneOf('new'),
  traceparent: [
    `a text of at most ${longestTraceparent} characters`,
    (text) => typeof text === 'string' && text.length <= longestTraceparent,
  ],
  metadata: [metadataForm, (metadata) => frozenMetadata(metadata) !== undefined],
  requestId: anything,
  scope: ['what commandScope() returns', (scope) => hasFunction(scope, 'end')],
}

function hasFunction(value: unknown, name: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>> | null)?.[name] === 'function'
}

function problemOfId(commandId: unknown): string | undefined {
  if (commandId === undefined) return undefined
  if (!isId(commandId)) return `a command id must be well-formed text of 1 to ${longestId} characters`
  return commandId.startsWith(reservedPrefix)
    ? `command ids beginning with "${reservedPrefix}" are reserved`
    : undefined
}

function isTime(deadline: unknown): boolean {
  return typeof deadline === 'number' && !Number.isNaN(deadline)
}

function problemOfCommand(command: TypedMessage): string | undefined {
  try {
    if (typeof command !== 'object' || command === null || typeof command.type !== 'string') {
      return 'a command must be an object with its name in `type`'
    }
    const { replyTo } = command as TypedMessage & { readonly replyTo?: unknown }
    return replyTo === undefined || hasFunction(replyTo, 'tell')
      ? undefined
      : '`replyTo` must be an ActorRef: an object with a function tell'
  } catch {
    return 'reading its fields threw'
  }
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id.length >= 1 && id.length <= longestId && id.isWellFormed()
}
