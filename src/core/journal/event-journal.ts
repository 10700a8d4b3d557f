import type { EntityKey } from '../base/entity-key.ts'

/** One event as a journal stores it. */
export interface PersistedEvent<Event = unknown> {
  /** Number of the event in its entity; dense, first event 1. */
  readonly sequenceNr: number
  readonly event: Event
  /** Milliseconds since the Unix epoch. Events of one commit share it. */
  readonly timestamp: number
  /** What Tailfold keeps about the commit: a JSON value that a journal stores and returns unchanged. */
  readonly metadata?: unknown
}

/** A state at a sequence number: a cache, never the truth. */
export interface Snapshot<State = unknown> {
  /** The last event folded into `state`. */
  readonly sequenceNr: number
  readonly state: State
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number
  /** What Tailfold keeps about the snapshot: a JSON value that a journal stores and returns unchanged. */
  readonly metadata?: unknown
}

/** `'conflict'`: another writer already used one of the sequence numbers; nothing was written. */
export type PersistResult = 'persisted' | 'conflict'

/**
 * Where events and snapshots live, in four methods: enough to run Tailfold on any database. `toJournal` adapts it to the
 * {@link Journal} that the engine needs; a {@link Journal} also records rejections, recovers in one round trip and
 * answers a conflict without a read.
 *
 * The four methods receive an entity by type and id alone: the type of a tenant's entity is `~tenant/type`.
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
}
