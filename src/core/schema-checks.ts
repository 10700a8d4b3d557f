import type { AnyEntity, TypedMessage } from './entity.ts'
import { describeEntity, type EntityKey } from './entity-key.ts'
import { TailfoldError } from './errors.ts'
import { handlerFailed } from './failures.ts'
import type { Verdict } from './outcome.ts'
import { describeIssues, type StandardSchema, validate, type Validated } from './schema.ts'

/**
 * The command as its schema makes it; as it is where the entity declares no schemas. Throws `unhandled-command` for a name
 * without a schema and `invalid-command` for fields that do not fit. A promise only where the schema needs one.
 */
export function parseCommand(
  definition: AnyEntity,
  entity: EntityKey,
  command: TypedMessage,
): TypedMessage | Promise<TypedMessage> {
  if (definition.commands === undefined) return command
  const schema = schemaFor(definition.commands, command.type)
  if (schema === undefined) throw unhandledCommand(entity, command.type)
  const { type, replyTo: _, ...fields } = command as TypedMessage & { readonly replyTo?: unknown }
  const parsed = validate(schema, fields)
  return parsed instanceof Promise
    ? parsed.then((result) => toCommand(type, result))
    : toCommand(type, parsed)
}

/** Throws `handler-failed` when an event does not fit its schema, or has none. */
export async function checkEvents(
  { events: schemas }: AnyEntity,
  entity: EntityKey,
  events: readonly unknown[],
): Promise<void> {
  if (schemas === undefined) return
  for (const event of events) {
    const { type, ...fields } = event as TypedMessage
    const schema = schemaFor(schemas, type)
    if (schema === undefined)
      throw handlerFailed(entity, 'onCommand', `persisted ${type}, which has no schema`)
    const { issues } = await validate(schema, fields)
    if (issues.length > 0) {
      throw handlerFailed(
        entity,
        'onCommand',
        `persisted a ${type} that does not fit its schema (${describeIssues(issues)})`,
      )
    }
  }
}

/** Throws `handler-failed` when the reply does not fit the command's schema for it, where there is one. */
export async function checkReply(
  { replies: schemas }: AnyEntity,
  entity: EntityKey,
  { type }: TypedMessage,
  verdict: Verdict,
): Promise<void> {
  const schema = schemas && schemaFor(schemas, type)
  if (schema === undefined || verdict.kind !== 'replied') return
  const { issues } = await validate(schema, verdict.reply)
  if (issues.length > 0) {
    throw handlerFailed(entity, 'reply', `to ${type} does not fit its schema (${describeIssues(issues)})`)
  }
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

/** Names come from outside: `constructor` is none. */
function schemaFor(
  schemas: Readonly<Record<string, StandardSchema | undefined>>,
  name: string,
): StandardSchema | undefined {
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined
}

function toCommand(type: string, { value, issues }: Validated): TypedMessage {
  if (issues.length === 0 && typeof value === 'object' && value !== null) return { ...value, type }
  const problem = issues.length === 0 ? 'its schema makes no object of it' : describeIssues(issues)
  throw new TailfoldError('invalid-command', `The command is not valid: ${problem}.`, { problem, issues })
}
