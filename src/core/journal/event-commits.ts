import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { journalCorrupt, storeFailure } from '../base/failures.ts'
import type { Cause, Commit, Receipt } from './commit.ts'
import type { CommitDraft } from './commit-draft.ts'
import type { EventJournal, PersistedEvent } from './event-journal.ts'
import type { CommitPosition } from './journal.ts'

/** What a commit needs to be put together again from its events: metadata of its first event. */
interface CommitMetadata {
  readonly commitId: string
  readonly revision: number
  /** Number of events in the commit. */
  readonly events: number
  readonly receipts?: readonly Receipt[]
  readonly causes?: readonly Cause[]
}

/** Metadata of the last event of a commit with several: tells which commit ends there. Tailfold 0.1.0 wrote none. */
type LastEventMetadata = Pick<CommitMetadata, 'commitId'>

/** The events of a commit as a journal of four methods stores them: copies, so that later changes reach none of them. */
export function eventsOf(draft: CommitDraft): readonly PersistedEvent[] {
  const { revision, commitId, timestamp, eventTexts, receipts, causes, lastSequenceNr } = draft
  const events = eventTexts.length
  const first: CommitMetadata = { commitId, revision, events, receipts, ...(causes && { causes }) }
  const last: LastEventMetadata = { commitId }
  return eventTexts.map((text, index) => {
    const sequenceNr = lastSequenceNr - events + 1 + index
    const event = { sequenceNr, event: JSON.parse(text) as unknown, timestamp }
    if (index === 0) return { ...event, metadata: copyOf(first) }
    return index === events - 1 ? { ...event, metadata: last } : event
  })
}

/** The events of a journal from a sequence number on: copies, so that nothing done to them reaches what it holds. */
export async function* eventsFrom(
  journal: EventJournal,
  entity: EntityKey,
  fromSequenceNr: number,
): AsyncGenerator<PersistedEvent> {
  for await (const event of journal.load(ownKey(entity), fromSequenceNr)) {
    checkLoaded(entity, event)
    yield copyOf(event)
  }
}

const numbers = ['sequenceNr', 'timestamp'] as const
const objects = ['event', 'metadata'] as const

/**
 * Throws `store-unavailable`, not retryable, for what a journal does not return as it was given it, such as the texts that a
 * driver makes of large numbers and of JSON: command ids would be lost in silence.
 */
export function checkLoaded(entity: EntityKey, loaded: Partial<PersistedEvent>): void {
  const wrong =
    numbers.find((field) => typeof (loaded[field] ?? 0) !== 'number') ??
    objects.find((field) => typeof (loaded[field] ?? null) !== 'object')
  if (wrong === undefined) return
  const why = `${wrong} of ${describeEntity(entity)} came back as ${typeof loaded[wrong]}, not as it was stored`
  throw storeFailure('read events', why, { applied: 'no', retryable: false })
}

/** Puts commits together from the events after a position. Events of other programs count as one commit each. */
export async function* commitsAfter(
  entity: EntityKey,
  after: CommitPosition,
  events: AsyncIterable<PersistedEvent>,
): AsyncGenerator<readonly Commit[]> {
  let { revision } = after
  let open: PersistedEvent[] = []
  for await (const event of events) {
    open.push(event)
    if (open.length < (commitMetadata(open[0])?.events ?? 1)) continue
    const commit = toCommit(open, revision + 1)
    revision = commit.revision
    open = []
    yield [commit]
  }
  if (open.length > 0) throw journalCorrupt(entity, revision + 1, 'the last commit lacks events')
}

/** True when a commit ends with an event, as far as the event tells. */
export function endsWith({ sequenceNr, hash }: CommitPosition, event: PersistedEvent): boolean {
  const commitId = (event.metadata as Partial<LastEventMetadata> | null | undefined)?.commitId
  return event.sequenceNr === sequenceNr && (hash === '' || commitId === undefined || commitId === hash)
}

/** A journal of four methods need not know of tenants: it receives another type, which none of its own can be. */
export function ownKey({ tenant, entityType, entityId }: EntityKey): EntityKey {
  return { entityType: tenant === undefined ? entityType : `~${tenant}/${entityType}`, entityId }
}

function commitMetadata(event: PersistedEvent | undefined): CommitMetadata | undefined {
  const metadata = event?.metadata as Partial<CommitMetadata> | null | undefined
  return typeof metadata?.events === 'number' ? (metadata as CommitMetadata) : undefined
}

function toCommit(events: readonly PersistedEvent[], nextRevision: number): Commit {
  const first = events[0] as PersistedEvent
  const last = events.at(-1) as PersistedEvent
  const metadata = commitMetadata(first)
  return {
    revision: metadata?.revision ?? nextRevision,
    commitId: metadata?.commitId ?? '',
    timestamp: first.timestamp,
    lastSequenceNr: last.sequenceNr,
    events: events.map(({ event }) => event),
    receipts: metadata?.receipts ?? [],
    ...(metadata?.causes && { causes: metadata.causes }),
    hash: metadata?.commitId ?? '',
    bytes: JSON.stringify(events).length,
  }
}

function copyOf<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}
