import { oneRequest } from '../base/cost.ts'
import type { EntityKey } from '../base/entity-key.ts'
import { journalCorrupt } from '../base/failures.ts'
import type { Cause, Commit, Receipt } from './commit.ts'
import type { CommitDraft } from './commit-draft.ts'
import type { EventJournal, PersistedEvent, Snapshot } from './event-journal.ts'
import type {
  AppendResult,
  CommitPosition,
  Journal,
  PreparedCommit,
  Recovered,
  RecoverOptions,
  StateToSave,
  StoredState,
} from './journal.ts'
import { encodeRecent } from './recent-commands.ts'

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

/** What a snapshot needs besides its state. Tailfold 0.1.0 wrote no `commitId`. */
interface StateMetadata {
  readonly revision: number
  readonly recent: string
  readonly schemaVersion: number
  readonly commitId?: string
}

type Pages = AsyncGenerator<readonly Commit[]>

const beginning: CommitPosition = { revision: 0, sequenceNr: 0, hash: '' }

/**
 * Adapts a journal of four methods to what the engine needs; a {@link Journal} is returned unchanged. Rejections and
 * no-ops are not recorded, for a commit there is its events. Events that another program wrote, without metadata, count
 * as one commit each. The hash of a commit is its id: enough to notice a restored database.
 */
export function toJournal(journal: Journal | EventJournal): Journal {
  return 'append' in journal && 'recover' in journal ? journal : overEvents(journal)
}

function overEvents(journal: EventJournal): Journal {
  return {
    keepsRejections: false,
    maxRecordBytes: Number.POSITIVE_INFINITY,
    maxCommandIds: Number.POSITIVE_INFINITY,

    recover: (entity, options, request) => {
      const count = () => request?.meter?.(oneRequest)
      return recover(journal, entity, options, count)
    },

    readOn: (entity, known, request) => readOn(journal, entity, known, () => request?.meter?.(oneRequest)),

    async *commits(entity, { fromRevision, limit = Number.POSITIVE_INFINITY, after }, request) {
      if (limit <= 0) return
      request?.meter?.(oneRequest)
      const start = after?.revision === fromRevision - 1 ? after : beginning
      let left = limit
      for await (const page of commitsAfter(
        entity,
        start,
        eventsFrom(journal, entity, start.sequenceNr + 1),
      )) {
        const wanted = page.filter(({ revision }) => revision >= fromRevision)
        if (wanted.length > 0) yield wanted
        left -= wanted.length
        if (left <= 0) return
      }
    },

    prepare: (_entity, draft) => prepare(draft),

    append: (entity, prepared, request) =>
      append(journal, entity, prepared, () => request?.meter?.(oneRequest)),

    async saveState(entity, state, request) {
      request?.meter?.(oneRequest)
      await journal.saveSnapshot(ownKey(entity), toSnapshot(state))
    },
  }
}

async function recover(
  journal: EventJournal,
  entity: EntityKey,
  { schemaVersion, snapshot = 'use', upTo }: RecoverOptions,
  countRequest: () => void,
): Promise<Recovered> {
  async function* tailOf(after: CommitPosition): Pages {
    let left = (upTo ?? Number.POSITIVE_INFINITY) - after.revision
    if (left <= 0) return
    countRequest()
    for await (const page of commitsAfter(entity, after, eventsFrom(journal, entity, after.sequenceNr + 1))) {
      yield page
      left -= page.length
      if (left <= 0) return
    }
  }
  const fromEvents = { base: undefined, seen: [], tail: tailOf(beginning), slotIsNewer: false }
  if (snapshot === 'ignore') return fromEvents
  countRequest()
  const stored = await journal.loadSnapshot(ownKey(entity))
  if (stored === undefined) return fromEvents
  const metadata = stored.metadata as StateMetadata | undefined
  const base = toState(stored, metadata)
  const fits = schemaVersion === undefined || (metadata?.schemaVersion ?? 1) === schemaVersion
  if (!fits || base.revision > (upTo ?? base.revision)) return fromEvents
  countRequest()
  const there = await lastEventOf(journal, entity, base)
  if (there === 'none') return fromEvents
  if (there === 'another') {
    const droppedState = `the snapshot of event ${base.sequenceNr} does not belong to the commit there`
    return { ...fromEvents, droppedState }
  }
  return { base, seen: [], tail: tailOf(base), slotIsNewer: false }
}

/** What the journal holds where a commit ends. A snapshot ahead of the events is no cache of them. */
async function lastEventOf(journal: EventJournal, entity: EntityKey, commit: CommitPosition) {
  for await (const event of eventsFrom(journal, entity, commit.sequenceNr)) return endOf(event, commit)
  return 'none'
}

function endOf(event: PersistedEvent, { sequenceNr, hash }: CommitPosition): 'same' | 'another' {
  const commitId = (event.metadata as Partial<LastEventMetadata> | null | undefined)?.commitId
  const differs = hash !== '' && commitId !== undefined && commitId !== hash
  return event.sequenceNr !== sequenceNr || differs ? 'another' : 'same'
}

async function readOn(
  journal: EventJournal,
  entity: EntityKey,
  known: CommitPosition,
  countRequest: () => void,
): Promise<Pages | 'behind'> {
  countRequest()
  if (known.revision === 0) return commitsAfter(entity, known, eventsFrom(journal, entity, 1))
  const events = eventsFrom(journal, entity, known.sequenceNr)
  const first = await events.next()
  if (first.done === true) return 'behind'
  if (endOf(first.value, known) === 'same') return commitsAfter(entity, known, events)
  await events.return(undefined)
  return 'behind'
}

/** Puts commits together from the events after a position. */
async function* commitsAfter(
  entity: EntityKey,
  after: CommitPosition,
  events: AsyncIterable<PersistedEvent>,
): Pages {
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

/** Copies of the events, so that nothing done to them reaches what the journal holds. */
async function* eventsFrom(
  journal: EventJournal,
  entity: EntityKey,
  fromSequenceNr: number,
): AsyncGenerator<PersistedEvent> {
  for await (const event of journal.load(ownKey(entity), fromSequenceNr)) yield copyOf(event)
}

function prepare(draft: CommitDraft): PreparedCommit {
  const { revision, commitId, timestamp, events, eventTexts, receipts, causes, lastSequenceNr } = draft
  const known = causes && { causes }
  const first: CommitMetadata = { commitId, revision, events: events.length, receipts, ...known }
  const last: LastEventMetadata = { commitId }
  const stored = eventTexts.map((text, index): PersistedEvent => {
    const sequenceNr = lastSequenceNr - events.length + 1 + index
    const event = { sequenceNr, event: JSON.parse(text) as unknown, timestamp }
    if (index === 0) return { ...event, metadata: copyOf(first) }
    return index === events.length - 1 ? { ...event, metadata: last } : event
  })
  const bytes = eventTexts.reduce((sum, text) => sum + text.length, 0)
  const commit = {
    ...{ revision, commitId, timestamp, lastSequenceNr, events, receipts },
    ...known,
    hash: commitId,
    bytes,
  }
  return { commit, carriesState: false, stateBytes: undefined, stored }
}

async function append(
  journal: EventJournal,
  entity: EntityKey,
  { commit, stored }: PreparedCommit,
  countRequest: () => void,
): Promise<AppendResult> {
  countRequest()
  const events = stored as readonly PersistedEvent[]
  if ((await journal.persist(ownKey(entity), events)) === 'persisted') return { kind: 'appended' }
  const before = {
    revision: commit.revision - 1,
    sequenceNr: commit.lastSequenceNr - commit.events.length,
    hash: '',
  }
  const pages = await readOn(journal, entity, before, countRequest)
  if (pages === 'behind') return { kind: 'behind' }
  for await (const [winner] of pages) {
    if (winner !== undefined) return { kind: 'occupied', winner }
  }
  const problem = 'persist reported a conflict with an event that load does not return'
  throw journalCorrupt(entity, commit.revision, problem)
}

/** All ids known: a journal of four methods cannot be read backward for those that are missing. */
function toSnapshot(state: StateToSave): Snapshot {
  const { sequenceNr, stateText, timestamp, revision, recent, schemaVersion, hash } = state
  const ids = encodeRecent(recent, state, recent.commands.length)
  const metadata: StateMetadata = { revision, recent: ids, schemaVersion, commitId: hash }
  return { sequenceNr, state: JSON.parse(stateText) as unknown, timestamp, metadata }
}

function toState(stored: Snapshot, metadata: StateMetadata | undefined): StoredState {
  const stateText = JSON.stringify(stored.state) ?? 'null'
  return {
    revision: metadata?.revision ?? stored.sequenceNr,
    sequenceNr: stored.sequenceNr,
    state: JSON.parse(stateText) as unknown,
    stateBytes: new TextEncoder().encode(stateText).length,
    recent: metadata?.recent ?? '',
    hash: metadata?.commitId ?? '',
    timestamp: stored.timestamp,
  }
}

/** A journal of four methods need not know of tenants: it receives another type, which none of its own can be. */
function ownKey({ tenant, entityType, entityId }: EntityKey): EntityKey {
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
