import type { Cause, Commit, Receipt } from './commit.ts'
import { type Meter, oneRequest } from '../base/cost.ts'
import type { EntityKey } from '../base/entity-key.ts'
import { journalCorrupt } from '../base/failures.ts'
import type {
  CommitLog,
  DurableState,
  EventJournal,
  PersistedEvent,
  PreparedCommit,
  RecoverOptions,
  Snapshot,
} from './journal.ts'

/** What a commit needs to be put together again from its events; stands in the metadata of the first. */
interface CommitMetadata {
  readonly commitId: string
  readonly revision: number
  /** Number of events in the commit. */
  readonly events: number
  readonly receipts?: readonly Receipt[]
  readonly causes?: readonly Cause[]
}

/** What a snapshot needs besides its state. */
type StateMetadata = Pick<DurableState, 'revision' | 'recent'> & { readonly schemaVersion: number }

/**
 * Whole commits over a journal that has just the four methods of {@link EventJournal}. Refusals are not recorded, for
 * they have no event to stand with. Events that some other program wrote, without metadata, count as one commit each.
 */
export function plainCommitLog(journal: EventJournal): CommitLog {
  async function* commitsAfter(
    entity: EntityKey,
    after: { readonly revision: number; readonly sequenceNr: number },
    meter?: Meter,
    limit = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<readonly Commit[]> {
    if (limit <= 0) return
    meter?.(oneRequest)
    let { revision } = after
    let read = 0
    let open: PersistedEvent[] = []
    for await (const event of journal.load(ownKey(entity), after.sequenceNr + 1)) {
      open.push(event)
      if (open.length < (metadataOf(open[0])?.events ?? 1)) continue
      const commit = toCommit(open, revision + 1)
      revision = commit.revision
      yield [commit]
      open = []
      if (++read >= limit) return
    }
    if (open.length > 0) throw journalCorrupt(entity, revision + 1, 'the last commit lacks events')
  }

  /** A snapshot is a cache of events that are there; one ahead of them is none. */
  async function isCovered(entity: EntityKey, snapshot: Snapshot): Promise<boolean> {
    for await (const { sequenceNr } of journal.load(ownKey(entity), snapshot.sequenceNr))
      return sequenceNr === snapshot.sequenceNr
    return false
  }

  return {
    keepsRefusals: false,
    maxRecordBytes: Number.POSITIVE_INFINITY,

    async recover(entity, { schemaVersion, snapshot = 'use', upTo, meter }: RecoverOptions) {
      if (snapshot === 'use') meter?.(oneRequest)
      const stored = snapshot === 'use' ? await journal.loadSnapshot(ownKey(entity)) : undefined
      const metadata = stored?.metadata as StateMetadata | undefined
      const fits = schemaVersion === undefined || (metadata?.schemaVersion ?? 1) === schemaVersion
      const early = upTo === undefined || (metadata?.revision ?? stored?.sequenceNr ?? 0) <= upTo
      const usable =
        fits && early && stored !== undefined && (await isCovered(entity, stored)) ? stored : undefined
      const base = usable && {
        revision: metadata?.revision ?? usable.sequenceNr,
        sequenceNr: usable.sequenceNr,
        state: usable.state,
        stateBytes: 0,
        recent: metadata?.recent ?? '',
        hash: '',
        timestamp: usable.timestamp,
      }
      const from = base ?? start
      const limit = upTo === undefined ? undefined : upTo - from.revision
      return { base, seen: [], tail: commitsAfter(entity, from, meter, limit) }
    },

    async *commits(entity, { fromRevision, afterSequenceNr = 0, limit = Number.POSITIVE_INFINITY, meter }) {
      let read = 0
      const after =
        afterSequenceNr === 0 ? start : { revision: fromRevision - 1, sequenceNr: afterSequenceNr }
      for await (const page of commitsAfter(entity, after, meter)) {
        const wanted = page.filter((commit) => commit.revision >= fromRevision)
        if (wanted.length === 0) continue
        yield wanted
        if (++read >= limit) return
      }
    },

    prepare(_entity, draft): PreparedCommit {
      const { revision, commitId, timestamp, events, receipts, causes, lastSequenceNr } = draft
      const known = causes && { causes }
      const metadata: CommitMetadata = { commitId, revision, events: events.length, receipts, ...known }
      const firstSequenceNr = lastSequenceNr - events.length + 1
      const stored = events.map((event, index) => {
        const persisted = { sequenceNr: firstSequenceNr + index, event, timestamp }
        return index === 0 ? { ...persisted, metadata } : persisted
      })
      const bytes = draft.eventTexts.reduce((sum, text) => sum + text.length, 0)
      const commit = {
        revision,
        commitId,
        timestamp,
        lastSequenceNr,
        events,
        receipts,
        ...known,
        hash: '',
        bytes,
      }
      return { commit, carriesState: false, stateBytes: undefined, stored }
    },

    async append(entity, { commit, stored }, meter) {
      meter?.(oneRequest)
      const result = await journal.persist(ownKey(entity), stored as readonly PersistedEvent[])
      if (result === 'persisted') return { kind: 'appended' }
      const before = {
        revision: commit.revision - 1,
        sequenceNr: commit.lastSequenceNr - commit.events.length,
      }
      for await (const [winner] of commitsAfter(entity, before, meter, 1)) {
        if (winner !== undefined) return { kind: 'occupied', winner }
      }
      throw journalCorrupt(
        entity,
        commit.revision,
        'persist reported a conflict with an event that load does not return',
      )
    },

    async saveState(entity, { sequenceNr, state, timestamp, revision, recent, schemaVersion }) {
      const metadata: StateMetadata = { revision, recent, schemaVersion }
      await journal.saveSnapshot(ownKey(entity), { sequenceNr, state, timestamp, metadata })
    },
  }
}

/**
 * A journal of four methods need not know of tenants: it is told another type, which none of its own can be. One that
 * went by type and id alone would mix them up.
 */
function ownKey({ tenant, entityType, entityId }: EntityKey): EntityKey {
  return { entityType: tenant === undefined ? entityType : `~${tenant}/${entityType}`, entityId }
}

const start = { revision: 0, sequenceNr: 0 }

function metadataOf(event: PersistedEvent | undefined): CommitMetadata | undefined {
  const metadata = event?.metadata as Partial<CommitMetadata> | null | undefined
  return typeof metadata?.events === 'number' ? (metadata as CommitMetadata) : undefined
}

function toCommit(events: readonly PersistedEvent[], nextRevision: number): Commit {
  const first = events[0] as PersistedEvent
  const last = events.at(-1) as PersistedEvent
  const metadata = metadataOf(first)
  return {
    revision: metadata?.revision ?? nextRevision,
    commitId: metadata?.commitId ?? '',
    timestamp: first.timestamp,
    lastSequenceNr: last.sequenceNr,
    events: events.map(({ event }) => event),
    receipts: metadata?.receipts ?? [],
    ...(metadata?.causes && { causes: metadata.causes }),
    hash: '',
    bytes: JSON.stringify(events).length,
  }
}
