import { describeValue } from '../core/base/describe-value.ts'
import { checkEntityId, checkEntityType, checkTenant, type EntityKey } from '../core/base/entity-key.ts'
import { storeFailure } from '../core/base/failures.ts'
import { jsonText } from '../core/base/json.ts'
import { isJournal } from '../core/journal/check-journal.ts'
import type { EventJournal, PersistedEvent, PersistResult, Snapshot } from '../core/journal/event-journal.ts'
import type { CommitPosition, Journal } from '../core/journal/journal.ts'
import {
  noCommands,
  type RecentCommands,
  recentCommandsKept,
  remember,
} from '../core/journal/recent-commands.ts'
import { mostStoredIds } from '../core/journal/recent-commands-record.ts'
import { checkTimestamp } from '../core/journal/timestamp.ts'

/** Metadata of every event that {@link toEventJournal} loads: the commit it belongs to. */
export interface CommitOrigin {
  readonly revision: number
  readonly commitId: string
}

/** Ids that a snapshot written by hand keeps: as many as are stored, whatever their age. */
const remembering = { atLeast: mostStoredIds, periodMs: Infinity }

/**
 * The four methods over a journal of whole commits, for programs that read or fill a journal directly. What cannot be
 * read back as it was given is refused, and nothing is written then: with `TypeError` for a sequence number, timestamp,
 * event or snapshot that cannot be, with `not-json` for content that JSON cannot hold, with `invalid-id` for an entity
 * id, and with `store-unavailable` for metadata, which is not kept: an engine must use the journal itself.
 */
export function toEventJournal(journal: Journal): EventJournal {
  if (!isJournal(journal))
    throw new TypeError('toEventJournal needs a journal such as keyValueJournal makes.')
  return {
    persist: async (entity, events) => persist(journal, entity, events),

    async *load(entity, fromSequenceNr = 1) {
      checkEntity(entity)
      checkSequenceNr(fromSequenceNr)
      for await (const page of journal.commits(entity, { fromRevision: 1 })) {
        for (const { revision, commitId, timestamp, lastSequenceNr, events } of page) {
          const metadata: CommitOrigin = { revision, commitId }
          let sequenceNr = lastSequenceNr - events.length
          for (const event of events) {
            sequenceNr += 1
            if (sequenceNr >= fromSequenceNr) yield { sequenceNr, event, timestamp, metadata }
          }
        }
      }
    },

    saveSnapshot: async (entity, snapshot) => saveSnapshot(journal, entity, snapshot),

    async loadSnapshot(entity) {
      checkEntity(entity)
      const { base } = await journal.recover(entity, {})
      return base && { sequenceNr: base.sequenceNr, state: base.state, timestamp: base.timestamp }
    },
  }
}

async function persist(
  journal: Journal,
  entity: EntityKey,
  events: readonly PersistedEvent[],
): Promise<PersistResult> {
  checkEntity(entity)
  const eventTexts = checkEvents(events)
  const [first] = events as readonly [PersistedEvent]
  const head = await headOf(journal, entity)
  if (first.sequenceNr !== head.sequenceNr + 1) return 'conflict'
  const prepared = journal.prepare(entity, {
    revision: head.revision + 1,
    commitId: globalThis.crypto.randomUUID(),
    timestamp: first.timestamp,
    lastSequenceNr: head.sequenceNr + events.length,
    events: events.map(({ event }) => event),
    eventTexts,
    receipts: [],
    previousHash: head.hash,
    state: undefined,
    stateBytesHint: 0,
    schemaVersion: 1,
    recent: noCommands,
    idsAtLeast: 0,
  })
  const result = await journal.append(entity, prepared)
  if (result.kind === 'appended') return 'persisted'
  const mine = result.kind === 'occupied' && result.winner.commitId === prepared.commit.commitId
  return mine ? 'persisted' : 'conflict'
}

/** Reads the commits up to the snapshot. Throws `TypeError` unless a commit ends at its sequence number. */
async function saveSnapshot(journal: Journal, entity: EntityKey, snapshot: Snapshot): Promise<void> {
  checkEntity(entity)
  checkObject('The snapshot', snapshot)
  const { sequenceNr, state, timestamp, metadata } = snapshot
  checkTimestamp(timestamp)
  checkMetadata('saveSnapshot', metadata)
  const stateText = jsonText(state, 'state')
  let recent: RecentCommands = noCommands
  for await (const page of journal.commits(entity, { fromRevision: 1 })) {
    for (const commit of page) {
      recent = remember(recent, [commit], remembering)
      if (commit.lastSequenceNr !== sequenceNr) continue
      const { revision, hash } = commit
      const known = { recent, idsAtLeast: recentCommandsKept, schemaVersion: 1, slotIsNewer: false }
      return journal.saveState(entity, { ...known, revision, sequenceNr, hash, stateText, timestamp })
    }
  }
  throw new TypeError(
    `No commit ends at sequence number ${describeValue(sequenceNr)}; a snapshot belongs to the end of a commit.`,
  )
}

async function headOf(journal: Journal, entity: EntityKey): Promise<CommitPosition> {
  const { base, tail } = await journal.recover(entity, {})
  let head: CommitPosition = base ?? { revision: 0, sequenceNr: 0, hash: '' }
  for await (const page of tail) {
    const last = page.at(-1)
    if (last !== undefined) head = { ...last, sequenceNr: last.lastSequenceNr }
  }
  return head
}

/** The JSON texts of events that make up one commit. Throws for what could not be read back as it is. */
function checkEvents(events: readonly PersistedEvent[]): readonly string[] {
  if (!Array.isArray(events)) throw new TypeError(`events must be a list, not ${describeValue(events)}.`)
  for (const event of events) checkObject('An event', event)
  const [first] = events
  if (first === undefined) throw new TypeError('persist needs at least one event.')
  checkSequenceNr(first.sequenceNr)
  checkTimestamp(first.timestamp)
  return events.map(({ sequenceNr, event, timestamp, metadata }, index) => {
    if (sequenceNr !== first.sequenceNr + index) {
      throw new TypeError(
        `Sequence numbers of one commit must be dense: expected ${first.sequenceNr + index}, got ${describeValue(sequenceNr)}.`,
      )
    }
    if (timestamp !== first.timestamp) {
      throw new TypeError(
        `Events of one commit share one timestamp: event ${sequenceNr} has another than event ${first.sequenceNr}. Persist them one by one.`,
      )
    }
    checkMetadata('persist', metadata)
    const text = jsonText(event, 'event')
    const isEvent = typeof event === 'object' && event !== null && !Array.isArray(event)
    if (isEvent && typeof (event as { type?: unknown }).type === 'string') return text
    throw new TypeError(`Event ${sequenceNr} must be an object with a text in \`type\`.`)
  })
}

function checkObject(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  throw new TypeError(`${name} must be an object, not ${describeValue(value)}.`)
}

function checkSequenceNr(sequenceNr: unknown): void {
  if (Number.isSafeInteger(sequenceNr) && (sequenceNr as number) >= 1) return
  throw new TypeError(
    `A sequence number must be a whole number of at least 1; got ${describeValue(sequenceNr)}.`,
  )
}

/** What `load` adds is not new; whatever else there is would be lost. */
function checkMetadata(operation: string, metadata: unknown): void {
  if (metadata === undefined) return
  const names = typeof metadata === 'object' && metadata !== null ? Object.keys(metadata) : []
  if (names.toSorted().join() === 'commitId,revision') return
  const why = 'it keeps no metadata of others; use the journal itself for an engine'
  throw storeFailure(operation, why, { applied: 'no', retryable: false })
}

/** An entity by its key, or as a journal of four methods receives it: the type of a tenant's entity is `~tenant/type`. */
function checkEntity(entity: EntityKey): void {
  checkObject('The entity', entity)
  const { tenant, entityType, entityId } = entity
  if (typeof entityType !== 'string') return checkEntityType(entityType)
  checkTenant(tenant)
  const [, of, type = ''] = /^(?:~([^/]*)\/)?(.*)$/s.exec(entityType) ?? []
  checkTenant(of)
  checkEntityType(type)
  checkEntityId(entityId)
}
