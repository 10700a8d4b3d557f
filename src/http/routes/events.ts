import type { Cause, Commit } from '../../core/journal/commit.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import type { EntityKey } from '../../core/base/entity-key.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import { storeFailure } from '../../core/base/failures.ts'
import { firstSequenceNr } from '../../core/history/find-commit.ts'
import type { Journal } from '../../core/journal/journal.ts'
import { type HttpLimits, usualPage } from '../limits.ts'
import type { HttpRequest, HttpResponse } from '../message.ts'
import { Refusal } from '../problem/problem.ts'
import { readWhole } from '../parse/query.ts'
import { etag, jsonResponse } from '../response.ts'
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
  /** The idempotency key of the command that caused it, when it had one. */
  readonly commandId?: string | undefined
  /** The id of the principal that sent the command, where `authorize` named one. */
  readonly principal?: string | undefined
  /** The trace the command belonged to, when it came with one. */
  readonly traceparent?: string | undefined
}

/** A page of an audit trail, oldest first. */
export interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** The `after` of the next page; absent on the last. */
  readonly next?: number
}

/** `GET /{type}/{id}/events`. Reads commits and folds nothing, so it works even where `onEvent` fails. */
export async function getEvents(
  journal: Journal,
  entity: EntityKey,
  { query }: HttpRequest,
  { maxEventPage }: Required<HttpLimits>,
): Promise<HttpResponse> {
  const parameters = new URLSearchParams(query)
  const after = readWhole(parameters, 'after', 0) ?? 0
  const limit = readWhole(parameters, 'limit', 1, maxEventPage) ?? Math.min(usualPage, maxEventPage)
  try {
    const log = journal
    const head = await findHead(log, entity)
    if (head.revision === 0) throw entityNotFound(entity)
    const events = after < head.sequenceNr ? await collect(journal, log, entity, head, after, limit + 1) : []
    const shown = events.slice(0, limit)
    const last = shown.at(-1)
    const page: AuditPage = {
      events: shown,
      ...(events.length > limit && last !== undefined && { next: last.sequenceNr }),
    }
    return jsonResponse(200, page, { etag: etag(head.revision) })
  } catch (error) {
    if (error instanceof Refusal || isTailfoldError(error)) throw error
    throw storeFailure('read the audit trail', 'it failed', { applied: 'unknown', cause: error })
  }
}

interface Head {
  readonly revision: number
  readonly sequenceNr: number
}

async function findHead(log: Journal, entity: EntityKey): Promise<Head> {
  const { base, tail } = await log.recover(entity, {})
  let head: Head = { revision: base?.revision ?? 0, sequenceNr: base?.sequenceNr ?? 0 }
  for await (const page of tail) {
    const last = page.at(-1)
    if (last !== undefined) head = { revision: last.revision, sequenceNr: last.lastSequenceNr }
  }
  return head
}

/**
 * The revision that holds the first event after `after`. Commits without events and with several make the two counts
 * drift apart, so it is guessed from their ratio and closed in on: one read where all commits have as many events.
 */
async function seek(log: Journal, entity: EntityKey, after: number, head: Head): Promise<number> {
  if (after === 0) return 1
  let low = 1
  let high = head.revision
  let guess = Math.ceil(((after + 1) * head.revision) / Math.max(1, head.sequenceNr))
  while (low < high) {
    const revision = Math.min(Math.max(guess, low), high)
    const commit = await readOne(log, entity, revision)
    if (commit === undefined || firstSequenceNr(commit) > after + 1) high = Math.max(low, revision - 1)
    else if (commit.lastSequenceNr <= after) low = Math.min(high, revision + 1)
    else return revision
    guess = Math.floor((low + high) / 2)
  }
  return low
}

/** The first `wanted` events after `after`, or a few more, read in pieces no larger than may be needed. */
async function collect(
  journal: Journal,
  log: Journal,
  entity: EntityKey,
  head: Head,
  after: number,
  wanted: number,
): Promise<readonly AuditEvent[]> {
  // A plain journal is one stream from the start: to seek in it would read it many times over.
  const isPlain = !journal.keepsRejections
  const events: AuditEvent[] = []
  let fromRevision = isPlain ? 1 : await seek(log, entity, after, head)
  for (let progress = true; progress && events.length < wanted && fromRevision <= head.revision; ) {
    progress = false
    const range = { fromRevision, ...(!isPlain && { limit: wanted - events.length }) }
    for await (const page of log.commits(entity, range)) {
      for (const commit of page) {
        events.push(...auditEvents(commit).filter(({ sequenceNr }) => sequenceNr > after))
        fromRevision = commit.revision + 1
        progress = true
      }
      if (events.length >= wanted) return events
    }
  }
  return events
}

function auditEvents(commit: Commit): readonly AuditEvent[] {
  const { revision, receipts, causes = [] } = commit
  const timestamp = new Date(commit.timestamp).toISOString()
  return commit.events.map((event, index) => {
    const { type, ...payload } = event as TypedMessage
    const commandId = ofEvent(receipts, index)?.commandId
    const { principal, traceparent } = ofEvent(causes, index) ?? {}
    const sequenceNr = firstSequenceNr(commit) + index
    // Those that are undefined do not show in JSON.
    return { sequenceNr, revision, timestamp, type, payload, commandId, principal, traceparent }
  })
}

/** What is recorded of the command that caused an event. */
function ofEvent<Part extends Pick<Cause, 'firstEvent' | 'eventCount'>>(
  parts: readonly Part[],
  index: number,
): Part | undefined {
  return parts.find(({ firstEvent, eventCount }) => firstEvent <= index && index < firstEvent + eventCount)
}

async function readOne(log: Journal, entity: EntityKey, revision: number): Promise<Commit | undefined> {
  for await (const [commit] of log.commits(entity, { fromRevision: revision, limit: 1 })) return commit
  return undefined
}
