import type { Commit, CommitDraft } from './commit.ts'
import type { Meter } from '../base/cost.ts'
import type { EntityKey } from '../base/entity-key.ts'

/** One event as it stands in a journal. */
export interface PersistedEvent<Event = unknown> {
  /** Number of the event in its entity; dense, first event 1. */
  readonly sequenceNr: number
  readonly event: Event
  /** Milliseconds since the Unix epoch. Events of one commit share it. */
  readonly timestamp: number
  /** What Tailfold keeps about the commit: a JSON value a journal stores and returns as it is. */
  readonly metadata?: unknown
}

/** A state at a sequence number: a cache, never the truth. */
export interface Snapshot<State = unknown> {
  /** The last event folded into `state`. */
  readonly sequenceNr: number
  readonly state: State
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number
  /** What Tailfold keeps about the snapshot: a JSON value a journal stores and returns as it is. */
  readonly metadata?: unknown
}

/** `'conflict'`: another writer already used one of the sequence numbers; nothing was written. */
export type PersistResult = 'persisted' | 'conflict'

/**
 * Where events and snapshots live. Four methods are enough to run Tailfold on any database; a journal that also offers
 * {@link CommitLog} recovers in one round trip, records refusals, and answers a conflict without a read.
 *
 * The four methods are told of an entity by type and id alone: the type of a tenant's entity is `~tenant/type`.
 */
export interface EventJournal {
  /**
   * Writes the events of one commit, all or none. `events[0].sequenceNr` must be one more than the entity's last:
   * otherwise the answer is `'conflict'` and nothing is written. Of racing calls exactly one may win; a unique key
   * on (entity, sequenceNr) is enough. A throw means that the outcome is unknown.
   */
  persist(entity: EntityKey, events: readonly PersistedEvent[]): Promise<PersistResult>
  /** All events from `fromSequenceNr` (default 1) on, ascending, including every write acknowledged before the call. */
  load(entity: EntityKey, fromSequenceNr?: number): AsyncIterable<PersistedEvent>
  /** Keeps the snapshot, unless a newer one is there (recommended; a snapshot may also be lost). */
  saveSnapshot(entity: EntityKey, snapshot: Snapshot): Promise<void>
  /** The newest snapshot, if any. */
  loadSnapshot(entity: EntityKey): Promise<Snapshot | undefined>
  /** Optional: what a journal of whole commits can do better. */
  readonly commitLog?: CommitLog
}

/** A state that is safe in the journal, riding in a commit or standing in a snapshot. */
export interface DurableState {
  readonly revision: number
  readonly sequenceNr: number
  readonly state: unknown
  /** Bytes of the state's JSON text. */
  readonly stateBytes: number
  /** The newest command ids at that revision, as `recent-commands.ts` writes them. */
  readonly recent: string
  /** Chain hash of the commit at that revision. */
  readonly hash: string
  /** When it was stored, milliseconds since the Unix epoch. */
  readonly timestamp: number
}

/** What a recovery found: a durable state, if one is usable, and the commits after it. */
export interface Recovered {
  readonly base: DurableState | undefined
  /** Commits up to `base` that came along with it: their receipts need no further read. */
  readonly seen: readonly Commit[]
  /** Pages of commits after `base` (from revision 1 without one), ascending. Read once. */
  readonly tail: AsyncIterable<readonly Commit[]>
}

/** How to recover. */
export interface RecoverOptions {
  /** Durable states of another schema version are passed over. Default: any will do. */
  readonly schemaVersion?: number
  /** `'ignore'` recovers from events alone. Default `'use'`. */
  readonly snapshot?: 'use' | 'ignore'
  /** Recover the entity as it was at this revision; 0 for its beginning. Default: as it is. */
  readonly upTo?: number | undefined
  /** Told the cost of every request, those of reading the tail included. */
  readonly meter?: Meter | undefined
}

/** Which commits to read. */
export interface CommitRange {
  readonly fromRevision: number
  /** The last sequence number before them, where it is known: some journals find their way by it. */
  readonly afterSequenceNr?: number
  /** At most this many commits. Default: all. */
  readonly limit?: number
  /** Chain hash of the commit before `fromRevision`, where it is known; then the first hash is checked too. */
  readonly previousHash?: string
  /** Told the cost of every request. */
  readonly meter?: Meter | undefined
}

/** A commit made ready for one journal: encoded once, appended as often as it takes to learn its fate. */
export interface PreparedCommit {
  readonly commit: Commit
  /** True when the state after the commit is stored with it. */
  readonly carriesState: boolean
  /** Bytes of the state's JSON text, when it had to be measured. */
  readonly stateBytes: number | undefined
  /** The journal's own form. */
  readonly stored: unknown
}

/** `occupied`: the revision is taken, by `winner`, which may turn out to be the very commit that was appended. */
export type AppendResult =
  | { readonly kind: 'appended' }
  | { readonly kind: 'occupied'; readonly winner: Commit }

/** A journal of whole commits: what the engine runs on. */
export interface CommitLog {
  /** False where a commit without events cannot be kept; refusals are then not recorded. */
  readonly keepsRefusals: boolean
  /** Largest record, in bytes; `Infinity` where it is not known. */
  readonly maxRecordBytes: number
  /** Newest durable state and the commits after it, strongly consistent. Throws `journal-corrupt`. */
  recover(entity: EntityKey, options: RecoverOptions): Promise<Recovered>
  /** Pages of commits, ascending, strongly consistent. Throws `journal-corrupt`. */
  commits(entity: EntityKey, range: CommitRange): AsyncIterable<readonly Commit[]>
  /** Encodes a commit. Pure. Throws `record-too-large` or `not-json`; nothing has been written then. */
  prepare(entity: EntityKey, draft: CommitDraft): PreparedCommit
  /**
   * Creates the commit at its revision, atomically, if that revision is free. May be called again with the same commit.
   * A throw means that the outcome is unknown, unless it is `store-unavailable` with `applied: 'no'`.
   */
  append(entity: EntityKey, prepared: PreparedCommit, meter?: Meter): Promise<AppendResult>
  /** Optional: the revision at which a command id was recorded by `dedupe: 'always'`; strongly consistent. */
  findCommandId?(entity: EntityKey, commandId: string, meter?: Meter): Promise<number | undefined>
  /** Optional: ids of entities with commits, in the order of their percent-encoded form; may miss the newest. */
  entityIds?(list: EntityList, meter?: Meter): Promise<EntityIdPage>
  /** Stores a state that is durable already. Never replaces a newer one, nor one of a newer schema version. */
  saveState(entity: EntityKey, state: StateToSave): Promise<void>
}

/** Which entities to list. */
export interface EntityList {
  readonly entityType: string
  readonly tenant?: string | undefined
  /** Only ids that stand after this one. */
  readonly after?: string | undefined
  /** At most this many. */
  readonly limit: number
}

/** Part of a list of entities. */
export interface EntityIdPage {
  readonly entityIds: readonly string[]
  /** True when ids beyond these may exist. */
  readonly more: boolean
}

/** A durable state on its way into a snapshot. */
export interface StateToSave extends DurableState {
  /** JSON text of `state`. */
  readonly stateText: string
  readonly schemaVersion: number
}
