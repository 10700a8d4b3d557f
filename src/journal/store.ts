import type { Meter } from '../core/base/cost.ts'

/**
 * The whole contract between the key-value journal and a store. A store keeps flat records under (key, revision) and
 * one snapshot slot per key; it knows nothing of events. Prove yours with `storeConformance` from `tailfold/testing`.
 *
 * A `meter` is told the cost of each request, also of one that ends as occupied; a store that cannot tell units says 0.
 *
 * Errors: throw `store-unavailable` with `applied: 'no'` only where the store proves that the request changed nothing
 * (refused, throttled, table missing). Any other throw means that the outcome is unknown.
 */
export interface Store {
  /** Creates the record at (key, revision) if nothing is there; never replaces. Atomic among any number of writers. */
  append(
    key: string,
    revision: number,
    record: StoredRecord,
    options?: StoreAppendOptions,
  ): Promise<StoreAppendResult>
  /**
   * The snapshot and the newest commits, newest first, in one round trip; strongly consistent: every append
   * acknowledged before the call is seen. At most `limit` records (2 or more), the snapshot among them, because a store
   * bills what it reads; with commits there is at least one. `more` is true when older commits may exist.
   */
  recover(key: string, limit: number, meter?: Meter): Promise<RecoveredRecords>
  /**
   * Commits from `fromRevision` on, ascending, strongly consistent. May return fewer than `limit`, but at least one when
   * there is one, and then says `more`; never skips one.
   */
  range(key: string, fromRevision: number, limit: number, meter?: Meter): Promise<RecordPage>
  /**
   * Puts a snapshot into the slot of the key. Keeps what is there if that is newer, or of a newer schema version,
   * where the store can do so in one statement; else the last writer wins.
   */
  saveSnapshot(key: string, snapshot: StoredSnapshot): Promise<void>
  /** Size of a commit record as the store measures it for its limit and its bill, what stands around it included. */
  recordBytes(key: string, revision: number, record: StoredRecord): number
  readonly limits: StoreLimits
  /**
   * Optional: the revision at which a command id was recorded; strongly consistent. A store that offers it records the
   * `ids` given to `append` in the same atomic step as the commit: with it or not at all. Expired ones may be forgotten.
   */
  findCommandId?(key: string, commandId: string, meter?: Meter): Promise<number | undefined>
  /**
   * Optional: keys of entities with at least one commit that begin with `prefix` and stand after `after`, in ascending
   * order of their characters. May return fewer than `limit` and then says `more`. May miss what was written in the last
   * second, and keys too long for the store's index.
   */
  keys?(prefix: string, after: string, limit: number, meter?: Meter): Promise<KeyPage>
}

/** Part of the keys of a store. */
export interface KeyPage {
  readonly keys: readonly string[]
  /** True when keys beyond these may exist. */
  readonly more: boolean
}

/** What goes with an append. */
export interface StoreAppendOptions {
  /** Only given to stores that offer `findCommandId`. */
  readonly ids?: readonly StoredCommandId[] | undefined
  readonly meter?: Meter | undefined
}

/** A command id to be found again by `findCommandId` until it expires. */
export interface StoredCommandId {
  readonly commandId: string
  readonly expiresAtEpochSeconds: number
}

/**
 * One commit or snapshot as flat fields; every key-value store can hold these. Numbers are integers. Field names are
 * short and ASCII; `pk`, `sk`, `sr` and, in a snapshot, `sv` are kept free for stores that put their own beside them.
 */
export type StoredRecord = Readonly<Record<string, string | number>>

/** A commit record and the revision it stands at. */
export interface StoredCommit {
  readonly revision: number
  readonly record: StoredRecord
}

/** A snapshot record, with what decides whether it may replace another. */
export interface StoredSnapshot {
  readonly revision: number
  readonly schemaVersion: number
  readonly record: StoredRecord
}

/** `occupied` carries the record that is there when the store gives it for free. */
export type StoreAppendResult =
  | { readonly kind: 'appended' }
  | { readonly kind: 'occupied'; readonly record: StoredRecord | undefined }

/** Part of an entity's commits. */
export interface RecordPage {
  readonly commits: readonly StoredCommit[]
  /** True when commits beyond these may exist. */
  readonly more: boolean
}

/** What one recovery round trip brings; `commits` newest first. */
export interface RecoveredRecords extends RecordPage {
  readonly snapshot: StoredSnapshot | undefined
}

/** What one record may hold. */
export interface StoreLimits {
  /** Largest record in bytes, by `recordBytes`. */
  readonly maxRecordBytes: number
  /** Writes are billed, or blocks filled, per started multiple of this many bytes: a state that fits there is free. */
  readonly billedBytes: number
}
