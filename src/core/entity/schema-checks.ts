import type { ResolvedEntity } from './entity.ts'
import type { TypedMessage } from './message.ts'
import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { handlerFailed } from '../base/failures.ts'
import { isPlainObject, plainCopy } from '../base/json.ts'
import { callInTime, type TimeLimit } from './call-in-time.ts'
import { type StandardSchema, validate, type Validated, withIssues } from './schema.ts'

/**
 * The command as its schema makes it; as it is where the entity declares no schemas. Throws `unhandled-command` for a name
 * without a schema and `invalid-command` for fields that do not fit. A promise only where the schema needs one.
 */
export function parseCommand(
  definition: ResolvedEntity,
  entity: EntityKey,
  command: TypedMessage,
  time: TimeLimit,
): TypedMessage | Promise<TypedMessage> {
  if (definition.commands === undefined) return command
  const schema = schemaFor(definition.commands, command.type)
  if (schema === undefined) throw unhandledCommand(entity, command.type)
  const { type, replyTo: _, ...fields } = command as TypedMessage & { readonly replyTo?: unknown }
  const parsed = validateFor(entity, type, schema, plainCopy(fields), time)
  return parsed instanceof Promise
    ? parsed.then((result) => toCommand(entity, type, result))
    : toCommand(entity, type, parsed)
}

/** Throws `handler-failed` when an event does not fit its schema, or has none. */
export async function checkEvents(
  schemas: Schemas,
  entity: EntityKey,
  events: readonly TypedMessage[],
  time: TimeLimit,
): Promise<void> {
  for (const event of events) {
    const { type, ...fields } = event
    const schema = schemaFor(schemas, type)
    if (schema === undefined)
      throw handlerFailed(entity, 'onCommand', `persisted ${type}, which has no schema`)
    const checked = await validateFor(entity, type, schema, fields, time)
    if (checked.issues === undefined) continue
    throw misfit(entity, 'onCommand', `persisted a ${type} that does not fit its schema`, checked)
  }
}

/** Throws `handler-failed` when the reply does not fit the command's schema for it, where there is one. */
export async function checkReply(
  schemas: Schemas,
  entity: EntityKey,
  type: string,
  reply: unknown,
  time: TimeLimit,
): Promise<void> {
  const schema = schemaFor(schemas, type)
  if (schema === undefined) return
  const checked = await validateFor(entity, `the reply to ${type}`, schema, reply, time)
  if (checked.issues !== undefined)
    throw misfit(entity, 'reply', `to ${type} does not fit its schema`, checked)
}

/** The error for a command that the entity does not know. */
export function unhandledCommand(entity: EntityKey, command: string): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError(
    'unhandled-command',
    `${name} does not handle the command ${JSON.stringify(command)}.`,
    { entity: name, command },
  )
}

type Schemas = Readonly<Record<string, StandardSchema | undefined>>

/** Names come from outside: `constructor` must not find one. */
function schemaFor(schemas: Schemas, name: string): StandardSchema | undefined {
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined
}

/** A schema that throws or hangs fails the command, like a handler. */
function validateFor(
  entity: EntityKey,
  name: string,
  schema: StandardSchema,
  value: unknown,
  time: TimeLimit,
): Validated | Promise<Validated> {
  return callInTime(
    time,
    (what, cause) => handlerFailed(entity, 'schema', `for ${name} ${what}`, cause),
    () => validate(schema, value),
  )
}

function toCommand(entity: EntityKey, type: string, result: Validated): TypedMessage {
  if (result.issues !== undefined) throw invalidFields(type, result)
  const { value } = result
  if (!isPlainObject(value))
    throw handlerFailed(entity, 'schema', `for ${type} returned something other than a plain object`)
  const { replyTo } = value
  if (replyTo !== undefined && typeof (replyTo as { tell?: unknown } | null)?.tell !== 'function')
    throw invalidCommand('`replyTo` must be an ActorRef: an object with a function tell')
  return { ...value, type }
}

/** The error for a command that no handler is to see. */
export function invalidCommand(problem: string, cause?: unknown): TailfoldError<'invalid-command'> {
  const end = problem.endsWith('.') ? '' : '.'
  const message = `The command is not valid: ${problem}${end}`
  return new TailfoldError('invalid-command', message, { problem }, { cause })
}

function invalidFields(type: string, { issues, found }: Misfit): TailfoldError {
  const problem = `its fields do not fit the schema of ${type} (${count(found)})`
  const { message } = invalidCommand(problem)
  return new TailfoldError('invalid-command', message, withIssues({ problem }, issues))
}

function misfit(
  entity: EntityKey,
  handler: 'onCommand' | 'reply',
  what: string,
  { issues, found }: Misfit,
): TailfoldError {
  const { message, data } = handlerFailed(entity, handler, `${what} (${count(found)})`)
  return new TailfoldError('handler-failed', message, withIssues(data, issues))
}

type Misfit = Extract<Validated, { readonly found: number }>

function count(found: number): string {
  return found === 1 ? '1 issue' : `${found} issues`
}
