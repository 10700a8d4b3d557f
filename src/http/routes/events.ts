import { type AuditEvent as StoredEvent, readEvents } from '../../core/history/audit-trail.ts'
import { etag, jsonResponse } from '../response.ts'
import type { EntityRoute, JsonSchema, PlaceSchema } from '../route.ts'
import type { ServedEntity } from '../served-entity.ts'
import { entityNotFound } from './state.ts'

/** One event of an audit trail. */
export interface AuditEvent {
  readonly sequenceNr: number
  readonly revision: number
  /** ISO 8601, by the writer's clock: `'2026-01-31T12:00:00.000Z'`. */
  readonly timestamp: string
  readonly type: string
  /** The event without its `type`. */
  readonly payload: unknown
  /** The idempotency key of the command that caused it, when it had one and the reader is the principal that sent it. */
  readonly commandId?: string | undefined
  /** The id of the principal that sent the command, where `authorize` named one. */
  readonly principal?: string | undefined
  /** The trace the command belonged to, when it came with one. */
  readonly traceparent?: string | undefined
  /** What the program added to the command and its events. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** A page of an audit trail, oldest first. */
export interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** The `after` of the next page; absent on the last. */
  readonly next?: number
}

/** Commits read for one page at most: those without events count too. */
const maxCommits = 1_000

/** `GET /{type}/{id}/events`. Folds nothing, so it works even where `onEvent` fails. */
export const eventsRoute: EntityRoute = {
  of: 'entity',
  path: '/{type}/{id}/events',
  method: 'GET',
  action: 'events',
  query: ({ maxEventPage }) => ({
    after: {
      type: 'integer',
      description: 'The sequence number after which to begin: `next` of the page before.',
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: maxEventPage,
      default: Math.min(100, maxEventPage),
      description: 'Events in the page, at most.',
    },
  }),
  problems: ['entity-not-found', 'answer-too-large'],
  async handle({ engine, entity, query, grant, deadline, api }) {
    const reader = engine.reader({ tenant: entity.tenant, deadline })
    const limit = query.whole('limit') ?? 1
    const bounds = { limit, maxBytes: api.limits.maxPageBytes, maxCommits }
    const page = await readEvents(reader, entity.entityId, { after: query.whole('after') ?? 0, ...bounds })
    if (page.revision === 0) throw entityNotFound(entity)
    const answer: AuditPage = {
      events: page.events.map((event) => shownTo(grant.principal?.id, event)),
      ...(page.next !== undefined && { next: page.next }),
    }
    return jsonResponse(200, answer, { etag: etag(page.revision) })
  },
  describe: (entity, place) => ({
    name: 'events',
    summary: 'Reads the audit trail',
    answers: {
      200: {
        description: 'Events, oldest first.',
        headers: ['ETag'],
        schema: {
          type: 'object',
          properties: {
            events: { type: 'array', items: eventSchema(entity, place) },
            next: { type: 'integer', description: 'The `after` of the next page; absent on the last.' },
          },
          required: ['events'],
        },
      },
    },
  }),
}

/** A key belongs to its principal: with it, others could send the command again and get its reply. */
function shownTo(reader: string | undefined, event: StoredEvent): AuditEvent {
  return {
    ...event,
    timestamp: new Date(event.timestamp).toISOString(),
    commandId: event.principal === reader ? event.commandId : undefined,
  }
}

/** Events that were stored before they had a schema, or have none, are there too. */
function eventSchema({ entityType, events = {} }: ServedEntity, place: PlaceSchema): JsonSchema {
  const common = { $ref: '#/components/schemas/AuditEvent' }
  const known = Object.entries(events).flatMap(([type, schema]) => {
    const payload = place([entityType, 'event', type], schema)
    if (payload === undefined) return []
    const properties = { type: { const: type }, payload: payload.ref }
    return [{ allOf: [common, { type: 'object', properties }] }]
  })
  return known.length === 0 ? common : { anyOf: [...known, common] }
}
