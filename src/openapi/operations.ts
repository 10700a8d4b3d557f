import type { ServedEntity } from '../http/app.ts'
import type { SchemaComponents } from './components.ts'
import type { JsonSchema } from './json-schema.ts'
import { problemsOf } from './problems.ts'
import { headerRefs, parameterRefs } from './shared.ts'

/** The operations of a path, by method. */
type PathItem = Readonly<Record<string, object>>

/** The paths of one entity type. */
export function entityPaths(entity: ServedEntity, components: SchemaComponents): Record<string, PathItem> {
  const { entityType, commands } = entity
  const path = `/${entityType}/{id}`
  const paths: Record<string, PathItem> = {
    [`/${entityType}`]: { get: list(entityType) },
    [path]: { get: readState(entity) },
    [`${path}/events`]: { get: readEvents(entity, components) },
  }
  if (commands === undefined) return { ...paths, [`${path}/{Command}`]: { post: anyCommand(entityType) } }
  for (const command of Object.keys(commands)) {
    const commandPath = `${path}/${encodeURIComponent(command)}`
    paths[commandPath] = { ...paths[commandPath], post: sendCommand(entity, command, components) }
  }
  return paths
}

function sendCommand(entity: ServedEntity, command: string, components: SchemaComponents): object {
  const { entityType, commands, replies } = entity
  const fields = components.place([entityType, 'command', command], commands?.[command])
  const answersAlways = replies?.[command] !== undefined
  const reply = components.place([entityType, 'reply', command], replies?.[command])
  return {
    operationId: `${entityType}.${command}`,
    tags: [entityType],
    summary: command,
    parameters: parameterRefs('id', 'Idempotency-Key', 'If-Match'),
    requestBody: {
      required: needsFields(fields?.schema),
      content: json(fields?.ref ?? { type: 'object' }),
    },
    responses: { ...commandAnswers(reply?.ref ?? {}, answersAlways), ...problemsOf('command') },
  }
}

function anyCommand(entityType: string): object {
  return {
    operationId: `${entityType}:command`,
    tags: [entityType],
    summary: 'Sends a command',
    description:
      'The commands of this entity type are not declared. The body holds the fields; no body, no fields.',
    parameters: [
      ...parameterRefs('id'),
      { name: 'Command', in: 'path', required: true, schema: { type: 'string', minLength: 1 } },
      ...parameterRefs('Idempotency-Key', 'If-Match'),
    ],
    requestBody: { required: false, content: json({ type: 'object' }) },
    responses: { ...commandAnswers({}, false), ...problemsOf('command') },
  }
}

function commandAnswers(reply: JsonSchema, always: boolean): object {
  const headers = headerRefs('ETag', 'Idempotent-Replayed')
  return {
    200: { description: 'Carried out: the reply.', headers, content: json(reply) },
    ...(!always && { 204: { description: 'Carried out; there is no reply.', headers } }),
  }
}

function list(entityType: string): object {
  const page = {
    type: 'object',
    properties: {
      ids: { type: 'array', items: { type: 'string' } },
      next: { type: 'string', description: 'The `after` of the next page; absent on the last.' },
    },
    required: ['ids'],
  }
  return {
    operationId: `${entityType}:list`,
    tags: [entityType],
    summary: 'Lists ids, where the journal can',
    parameters: parameterRefs('afterId', 'idLimit'),
    responses: { 200: { description: 'A page of ids.', content: json(page) }, ...problemsOf('list') },
  }
}

function readState({ entityType, initialState }: ServedEntity): object {
  const headers = headerRefs('ETag')
  return {
    operationId: `${entityType}:state`,
    tags: [entityType],
    summary: 'Reads the state, now or at a past point',
    parameters: parameterRefs('id', 'revision', 'sequenceNr', 'at', 'If-None-Match'),
    responses: {
      200: { description: 'The state.', headers, content: json({ examples: [initialState] }) },
      304: { description: 'It is still at the revision of `If-None-Match`.', headers },
      ...problemsOf('state'),
    },
  }
}

function readEvents(entity: ServedEntity, components: SchemaComponents): object {
  const page = {
    type: 'object',
    properties: {
      events: { type: 'array', items: auditEvent(entity, components) },
      next: { type: 'integer', description: 'The `after` of the next page; absent on the last.' },
    },
    required: ['events'],
  }
  return {
    operationId: `${entity.entityType}:events`,
    tags: [entity.entityType],
    summary: 'Reads the audit trail',
    parameters: parameterRefs('id', 'afterEvent', 'eventLimit'),
    responses: {
      200: { description: 'Events, oldest first.', headers: headerRefs('ETag'), content: json(page) },
      ...problemsOf('events'),
    },
  }
}

/** Any event may be there besides the known ones: one that was stored before it had its schema, or another one. */
function auditEvent({ entityType, events = {} }: ServedEntity, components: SchemaComponents): JsonSchema {
  const common = { $ref: '#/components/schemas/AuditEvent' }
  const known = Object.entries(events).flatMap(([type, schema]) => {
    const payload = components.place([entityType, 'event', type], schema)
    if (payload === undefined) return []
    const properties = { type: { const: type }, payload: payload.ref }
    return [{ allOf: [common, { type: 'object', properties }] }]
  })
  return known.length === 0 ? common : { anyOf: [...known, common] }
}

/** The schema of what every event of an audit trail has. */
export const auditEventSchema: JsonSchema = {
  type: 'object',
  properties: {
    sequenceNr: { type: 'integer', minimum: 1 },
    revision: { type: 'integer', minimum: 1 },
    timestamp: { type: 'string', format: 'date-time', description: 'By the clock of the writer.' },
    type: { type: 'string' },
    payload: { description: 'The event without its type.' },
    commandId: { type: 'string', description: 'The Idempotency-Key of the command that caused it.' },
    principal: { type: 'string', description: 'Who sent the command.' },
    traceparent: { type: 'string', description: 'The trace the command belonged to.' },
  },
  required: ['sequenceNr', 'revision', 'timestamp', 'type', 'payload'],
}

function needsFields(schema: JsonSchema | undefined): boolean {
  return Array.isArray(schema?.['required']) && schema['required'].length > 0
}

function json(schema: JsonSchema): object {
  return { 'application/json': { schema } }
}
