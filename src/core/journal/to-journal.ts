import { oneRequest } from '../base/cost.ts'
import type { EntityKey } from '../base/entity-key.ts'
import { journalCorrupt } from '../base/failures.ts'
import { checkJournal, isJournal } from './check-journal.ts'
import type { Commit } from './commit.ts'
import type { CommitDraft } from './commit-draft.ts'
import { checkLoaded, commitsAfter, endsWith, eventsFrom, eventsOf, ownKey } from './event-commits.ts'
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
import { countKnown } from './recent-commands.ts'
import { encodeRecent } from './recent-commands-record.ts'

/** What a snapshot needs beside its state. Tailfold 0.1.0 wrote no `commitId`. */
interface StateMetadata {
  readonly revision: number
  readonly recent: string
  readonly schemaVersion: number
  readonly commitId?: string
}

/** What is appended for a prepared commit. */
interface StoredForm {
  readonly events: readonly PersistedEvent[]
  readonly previousHash: string
}

type Pages = AsyncGenerator<readonly Commit[]>

const beginning: CommitPosition = { revision: 0, sequenceNr: 0, hash: '' }

/**
 * Adapts a journal of four methods to what the engine needs; a {@link Journal} is returned unchanged. Rejections and
 * no-ops are not recorded, for a commit there is its events. Events that another program wrote, without metadata, count
 * as one commit each. The hash of a commit is its id: enough to notice a restored database. Throws `TypeError` on what is no
 * journal.
 */
export function toJournal(journal: Journal | EventJournal): Journal {
  checkJournal(journal)
  return isJournal(journal) ? journal : overEvents(journal)
}

function overEvents(journal: EventJournal): Journal {
  return {
    keepsRejections: false,
    maxRecordBytes: Infinity,
    maxCommandIds: Infinity,

    recover: (entity, options, request) => {
      const count = () => request?.meter?.(oneRequest)
      return recover(journal, entity, options, count)
    },

    readOn: (entity, known, request) => readOn(journal, entity, known, () => request?.meter?.(oneRequest)),

    async *commits(entity, { fromRevision, limit = Infinity, after }, request) {
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
    let left = (upTo ?? Infinity) - after.revision
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
  if (stored === undefined || stored === null) return fromEvents
  checkLoaded(entity, stored)
  const metadata = stored.metadata as StateMetadata | null | undefined
  // Without it nobody knows how many commits the events of a snapshot make.
  if (typeof metadata?.recent !== 'string') {
    const droppedState = `the snapshot of event ${stored.sequenceNr} has no metadata of Tailfold`
    return { ...fromEvents, droppedState }
  }
  const base = toState(stored, metadata)
  const fits = schemaVersion === undefined || metadata.schemaVersion === schemaVersion
  if (!fits || base.revision > (upTo ?? base.revision)) return fromEvents
  countRequest()
  const there = await lastEventOf(journal, entity, base)
  if (there === undefined) return fromEvents
  if (!endsWith(base, there)) {
    const droppedState = `the snapshot of event ${base.sequenceNr} does not belong to the commit there`
    return { ...fromEvents, droppedState }
  }
  return { base, seen: [], tail: tailOf(base), slotIsNewer: false }
}

/** The event with which a commit ends; `undefined` where the journal does not reach that far. */
async function lastEventOf(
  journal: EventJournal,
  entity: EntityKey,
  { sequenceNr }: CommitPosition,
): Promise<PersistedEvent | undefined> {
  for await (const event of eventsFrom(journal, entity, sequenceNr)) return event
  return undefined
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
  if (endsWith(known, first.value)) return commitsAfter(entity, known, events)
  await events.return(undefined)
  return 'behind'
}

function prepare(draft: CommitDraft): PreparedCommit {
  const { revision, commitId, timestamp, lastSequenceNr, events, receipts, causes, previousHash } = draft
  const commit = {
    revision,
    commitId,
    timestamp,
    lastSequenceNr,
    events,
    receipts,
    ...(causes && { causes }),
    hash: commitId,
    bytes: draft.eventTexts.reduce((sum, text) => sum + text.length, 0),
  }
  const stored: StoredForm = { events: eventsOf(draft), previousHash }
  return { commit, carriesState: false, stateBytes: undefined, stored }
}

async function append(
  journal: EventJournal,
  entity: EntityKey,
  { commit, stored }: PreparedCommit,
  countRequest: () => void,
): Promise<AppendResult> {
  countRequest()
  const { events, previousHash } = stored as StoredForm
  if ((await journal.persist(ownKey(entity), events)) === 'persisted') return { kind: 'appended' }
  const before = {
    revision: commit.revision - 1,
    sequenceNr: commit.lastSequenceNr - commit.events.length,
    hash: previousHash,
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
  const ids = encodeRecent(recent, state, countKnown(recent))
  const metadata: StateMetadata = { revision, recent: ids, schemaVersion, commitId: hash }
  return { sequenceNr, state: JSON.parse(stateText) as unknown, timestamp, metadata }
}

function toState(stored: Snapshot, metadata: StateMetadata): StoredState {
  const stateText = JSON.stringify(stored.state) ?? 'null'
  return {
    revision: metadata.revision,
    sequenceNr: stored.sequenceNr,
    state: JSON.parse(stateText) as unknown,
    stateBytes: new TextEncoder().encode(stateText).length,
    recent: metadata.recent,
    hash: metadata.commitId ?? '',
    timestamp: stored.timestamp,
  }
}
