import type { RequestOptions } from '../core/base/cost.ts'
import type { ChangePage } from '../core/journal/journal.ts'

/**
 * The whole contract between the key-value journal and a store. A store keeps flat records under (key, revision) and
 * one snapshot slot per key; it knows nothing of events. Prove yours with `storeConformance` from `tailfold/testing`.
 *
 * **Keys** are 1 to 1,740 ASCII characters: letters, digits and `-._~%:/` ({@link storeKeyPattern}). Two keys are equal
 * only if every character is. **Command ids** are 1 to 330 UTF-16 units of well-formed text, control characters included.
 *
 * **Order**: the journal appends revision n only after it has seen n - 1. A store may answer `occupied` for any revision
 * below its newest, and may refuse one that would leave a gap.
 *
 * **Cost**: report the cost of every request to `request.meter`, including appends that end as `occupied`; a store that
 * cannot tell units reports 0.
 *
 * **Signals**: a store may ignore `request.signal`. What it answers all the same is so: never an empty page, for example.
 *
 * **Errors**: throw `store-unavailable` with `applied: 'no'` only where the store proves that the request changed nothing
 * (refused, throttled, table missing). Any other throw means that the outcome is unknown. `applied` matters for `append`
 * alone; `retryable: false` ends the attempts of the engine, whatever `applied` says.
 */
export interface Store {
  /** Creates the record at (key, revision) if nothing is there; never replaces. Atomic among any number of writers. */
  append(
    key: string,
    revision: number,
    record: StoredRecord,
    request?: AppendRequest,
  ): Promise<StoreAppendResult>
  /**
   * The snapshot and the newest commits, newest first, in one round trip; strongly consistent: every append
   * acknowledged before the call is seen. At most `limit` commits (2 or more), and the snapshot; a store that bills
   * what it reads may count the snapshot among them. With commits there is at least one. `more` is true when older
   * commits may exist.
   */
  recover(key: string, limit: number, request?: RequestOptions): Promise<RecoveredRecords>
  /**
   * Commits from `fromRevision` on, ascending, strongly consistent. May return fewer than `limit`, but at least one when
   * there is one, and then says `more`; never skips one.
   */
  range(key: string, fromRevision: number, limit: number, request?: RequestOptions): Promise<RecordPage>
  /**
   * Puts a snapshot into the slot of the key. Keeps what is there if that is of a newer schema version, or of the same
   * version and a newer revision, where the store can do so in one statement; else the last writer wins. A snapshot of
   * the same version and revision replaces what is there, so that a wrong one can be mended.
   */
  saveSnapshot(key: string, snapshot: StoredSnapshot, request?: RequestOptions): Promise<void>
  /** Size of a commit record as the store measures it for its limit and its bill, what it adds around it included. */
  recordBytes(key: string, revision: number, record: StoredRecord): number
  readonly limits: StoreLimits
  /** What the store bills, for messages and reports: `{ read: 'read unit', write: 'write unit' }`. Default: nothing. */
  readonly units?: { readonly read: string; readonly write: string } | undefined
  /**
   * Optional: the revision at which a command id was recorded; strongly consistent. A store that offers it records the
   * `ids` given to `append` in the same atomic step as the commit: with it or not at all. One that is recorded again is
   * found at its newest revision. Expired ones may be forgotten.
   */
  findCommandId?(key: string, commandId: string, request?: RequestOptions): Promise<number | undefined>
  /**
   * Optional: keys of entities with at least one commit that begin with `prefix`, which may be empty, and come after
   * `after`, in ascending order of their characters. May return fewer than `limit` and then says `more`. May miss what was written in the last
   * second, and keys too long for the store's index. A store may refuse prefixes without a `/`, and says so with `TypeError`.
   * Leave it out where only part of the keys can be seen.
   */
  keys?(prefix: string, after: string, limit: number, request?: RequestOptions): Promise<KeyPage>
  /**
   * Optional: throws unless the store has the schema, permissions and consistency it needs. Changes nothing. Never called
   * by a handler.
   */
  verify?(): Promise<void>
  /** Optional: removes command ids that expired before a time. Resolves with how many. */
  sweep?(beforeEpochSeconds: number, request?: RequestOptions): Promise<number>
  /**
   * Optional: removes all commits after `lastRevision` and every snapshot newer than it, those of older schema versions
   * under `<key>//<version>` included. Resolves with how many commits. The next revision can then be appended again, and a
   * key without commits is no longer among `keys`; command ids of removed commits may stay.
   * For `tailfold repair`, which a person confirms; never called by the engine.
   */
  truncate?(key: string, lastRevision: number, request?: RequestOptions): Promise<number>
  /**
   * Optional: what was appended after `cursor`, at most `limit` changes (1 or more); `undefined` reads from the beginning.
   * An empty page has a cursor too. Every append acknowledged before the call is on this page or, while it says `more`, on
   * a later one, or else a higher revision of its key is: an append that becomes visible late must not be passed over.
   * Changes of one key come in the order of their revisions; some may come again. Keys come in any order.
   *
   * Throws `feed-lost` for a cursor of another life of the database (restored, replaced or emptied), or one whose changes
   * are not kept any more. Removing commits (`truncate`) does not make later ones be passed over.
   */
  changes?(cursor: string | undefined, limit: number, request?: RequestOptions): Promise<ChangePage>
  /**
   * Optional, with `changes`: resolves when there may be changes after the cursor, at once if there are, and soon after
   * `request.signal` is aborted. May resolve early. Without it a follower polls.
   */
  waitForChanges?(cursor: string, request?: RequestOptions): Promise<void>
  /** Optional: releases what the store holds open. Later calls fail. May be called again. */
  close?(): void | Promise<void>
}

/** Every key matches it and has at most {@link maxStoreKeyChars} characters. A `//` begins the last part of a key, if any. */
export const storeKeyPattern: RegExp = /^[A-Za-z0-9\-._~%:/]+$/

/** Longest key. */
export const maxStoreKeyChars = 1_740

/** Part of the keys of a store. */
export interface KeyPage {
  readonly keys: readonly string[]
  /** True when keys beyond these may exist. */
  readonly more: boolean
}

/** What goes with an append. */
export interface AppendRequest extends RequestOptions {
  /** Only given to stores that offer `findCommandId`; at most `limits.maxCommandIds`. */
  readonly ids?: readonly StoredCommandId[] | undefined
  /**
   * Field `h` of the record before, empty for revision 1. A store that can compare it in the same statement answers
   * `behind` where nothing is at the revision and the record before is missing or another; others ignore it.
   */
  readonly previousHash?: string | undefined
}

/** A command id to be found again by `findCommandId` until it expires. */
export interface StoredCommandId {
  readonly commandId: string
  readonly expiresAtEpochSeconds: number
}

/**
 * One commit or snapshot as flat fields; every key-value store can hold these. Numbers are safe integers: a store refuses
 * others and writes nothing. Texts are any well-formed text, empty ones and control characters included. Field names are
 * short and ASCII; `pk`, `sk`, `sr` and, in a snapshot, `sv` are kept free for stores that put their own beside them.
 */
export type StoredRecord = Readonly<Record<string, string | number>>

/** A commit record and its revision. */
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

/**
 * `occupied`: a record is at the revision, which it carries when the store gives it for free. `behind`: none is there, and
 * nothing was written, for the record before is not the one with `previousHash`.
 */
export type StoreAppendResult =
  | { readonly kind: 'appended' }
  | { readonly kind: 'occupied'; readonly record: StoredRecord | undefined }
  | { readonly kind: 'behind' }

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
  /** Command ids that one append may carry. Default 99. */
  readonly maxCommandIds?: number | undefined
  /** Records to ask for in the first `recover` of an entity. Default 4; 2 suits stores that bill each record. */
  readonly firstPage?: number | undefined
}
