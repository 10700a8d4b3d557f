import type { RequestOptions } from '../base/cost.ts'
import type { EntityKey } from '../base/entity-key.ts'
import type { Commit } from './commit.ts'
import type { CommitDraft } from './commit-draft.ts'
import type { RecentCommands } from './recent-commands.ts'

/**
 * What the engine runs on: whole commits, read and written with strong consistency. `keyValueJournal` makes one over any
 * store, `toJournal` over a journal of four methods. Every method throws `journal-corrupt` for records that Tailfold
 * cannot have written.
 */
export interface Journal {
  /** False where a commit without events cannot be kept; rejections and no-ops are then not recorded. */
  readonly keepsRejections: boolean
  /** Largest record, in bytes; `Infinity` where it is not known. */
  readonly maxRecordBytes: number
  /** Command ids one append may record under `dedupe: 'always'`. */
  readonly maxCommandIds: number
  /** The newest usable stored state and the commits after it. */
  recover(entity: EntityKey, options: RecoverOptions, request?: RequestOptions): Promise<Recovered>
  /**
   * Commits after a known one; `'unchanged'` if a single request finds none. `'behind'` where the known
   * commit is not there: the journal went back in time, as a restored table does.
   */
  readOn(
    entity: EntityKey,
    known: CommitPosition,
    request?: RequestOptions,
  ): Promise<AsyncIterable<readonly Commit[]> | 'unchanged' | 'behind'>
  /** Pages of commits, ascending. Every commit that is given out has been verified against the one before it. */
  commits(entity: EntityKey, range: CommitRange, request?: RequestOptions): AsyncIterable<readonly Commit[]>
  /** Encodes a commit. Pure. Throws `record-too-large` or `not-json`; nothing has been written then. */
  prepare(entity: EntityKey, draft: CommitDraft): PreparedCommit
  /**
   * Creates the commit at its revision, atomically, if that revision is free. May be called again with the same commit.
   * A throw means that the outcome is unknown, unless it is `store-unavailable` with `applied: 'no'`.
   */
  append(entity: EntityKey, prepared: PreparedCommit, request?: RequestOptions): Promise<AppendResult>
  /** Stores a state that is durable already. Never replaces a newer one of the same schema version. */
  saveState(entity: EntityKey, state: StateToSave, request?: RequestOptions): Promise<void>
  /** Optional: the revision at which `dedupe: 'always'` recorded a command id. */
  findCommandId?(entity: EntityKey, commandId: string, request?: RequestOptions): Promise<number | undefined>
  /** Optional: ids of entities with commits, in the order of their percent-encoded form; may miss the newest. */
  entityIds?(list: EntityList, request?: RequestOptions): Promise<EntityIdPage>
  /** Optional: what is stored of an entity, whole or not. For `findDamage`; the engine never calls it. */
  survey?(entity: EntityKey, request?: RequestOptions): Promise<Survey>
  /**
   * Optional: removes all commits after `lastRevision` and every snapshot newer than it. Resolves with how many commits.
   * For `repair`, which a person confirms; the engine never calls it.
   */
  truncate?(entity: EntityKey, lastRevision: number, request?: RequestOptions): Promise<number>
  /**
   * Optional: what a change of the feed names, for consumers. Pure. Throws `journal-corrupt` for a record that cannot be
   * read. A commit that comes without its record, or was read here, is not checked against the one before.
   */
  readChange?(change: Change): CommitChange
  /** Optional: the feed of the store, see `Store.changes`. */
  changes?(cursor: string | undefined, limit: number, request?: RequestOptions): Promise<ChangePage>
  /** Optional: see `Store.waitForChanges`. */
  waitForChanges?(cursor: string, request?: RequestOptions): Promise<void>
}

/**
 * A hint that an entity has reached a revision. What it says may be old, come twice or in any order: consumers keep a
 * position per entity and read from the journal what is missing.
 */
export interface Change {
  /** The key of the entity in the store: `account/acc-001`, or `~acme/account/acc-001` of a tenant. */
  readonly key: string
  readonly revision: number
  /** The record of the commit at that revision, where it comes for free. */
  readonly record?: Readonly<Record<string, string | number>> | undefined
}

/** Part of a feed. */
export interface ChangePage {
  readonly changes: readonly Change[]
  /** Where the next page begins. Opaque. */
  readonly cursor: string
  /** True when more may be there already. */
  readonly more: boolean
}

/** Where changes come from: a journal whose store has a feed, or a reader of a stream. */
export interface ChangeFeed {
  /** As `Store.changes`. */
  changes(cursor: string | undefined, limit: number, request?: RequestOptions): Promise<ChangePage>
  /** As `Store.waitForChanges`. */
  waitForChanges?(cursor: string, request?: RequestOptions): Promise<void>
}

/** A change as consumers need it. */
export interface CommitChange {
  readonly entity: EntityKey
  readonly revision: number
  /** The commit at that revision, where the change brought its record. */
  readonly commit?: Commit | undefined
  /** The state after that commit, where it rides with it. `read` decodes it, and throws `journal-corrupt`. */
  readonly riding?: { readonly schemaVersion: number; read(): unknown } | undefined
}

/** A commit by its place and hash. Revision 0 with an empty hash: before the first. */
export interface CommitPosition {
  readonly revision: number
  /** Sequence number of its last event. */
  readonly sequenceNr: number
  /** Its chain hash, as {@link Commit.hash}. */
  readonly hash: string
}

/** A state that is safe in the journal, riding in a commit or kept as a snapshot. */
export interface StoredState extends CommitPosition {
  readonly state: unknown
  /** Bytes of the state's JSON text. */
  readonly stateBytes: number
  /** The newest command ids at that revision, in the form of `recent-commands-record.ts`. */
  readonly recent: string
  /** Milliseconds since the Unix epoch: the time that `recent` counts back from. */
  readonly timestamp: number
}

/** What a recovery found: a stored state, if one is usable, and the commits after it. */
export interface Recovered {
  readonly base: StoredState | undefined
  /** Commits up to `base` that came along with it: their receipts need no further read. */
  readonly seen: readonly Commit[]
  /** Pages of commits after `base` (from revision 1 without one), ascending. Read once. */
  readonly tail: AsyncIterable<readonly Commit[]>
  /** True when a newer schema version holds the snapshot slot: states of this version are saved beside it. */
  readonly slotIsNewer: boolean
  /** Why a stored state was not used although its schema version fits, for a warning. */
  readonly droppedState?: string | undefined
}

/** How to recover. */
export interface RecoverOptions {
  /** Stored states of another schema version are passed over. Default: any will do. */
  readonly schemaVersion?: number | undefined
  /** `'ignore'` recovers from events alone. Default `'use'`. */
  readonly snapshot?: 'use' | 'ignore' | undefined
  /** Recover the entity as it was at this revision; 0 for its beginning. Default: as it is. */
  readonly upTo?: number | undefined
  /** Records to ask for in the first page, where the caller has an idea. Default: the journal's own. */
  readonly firstPage?: number | undefined
}

/** Which commits to read. */
export interface CommitRange {
  readonly fromRevision: number
  /** At most this many commits. Default: all. */
  readonly limit?: number | undefined
  /** Position of the commit before `fromRevision`, where it is known: saves reading it. */
  readonly after?: CommitPosition | undefined
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

/**
 * `occupied`: the revision is taken, by `winner`, which may turn out to be the very commit that was appended.
 * `behind`: nothing was written, for the commit before is not the one that the draft was decided on: the journal went
 * back in time.
 */
export type AppendResult =
  | { readonly kind: 'appended' }
  | { readonly kind: 'occupied'; readonly winner: Commit }
  | { readonly kind: 'behind' }

/** Which entities to list. */
export interface EntityList {
  readonly entityType: string
  readonly tenant?: string | undefined
  /** Only ids after this one. */
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

/** What is stored of an entity, nothing of it taken on trust. */
export interface Survey {
  /** The snapshot in the slot of the entity. */
  readonly snapshot: { readonly revision: number; readonly hash: string } | undefined
  /** Pages of the commits that are there, ascending; missing ones are left out. Read once. */
  readonly commits: AsyncIterable<readonly SurveyedCommit[]>
}

/** A commit that is there, sound or not. */
export interface SurveyedCommit {
  readonly revision: number
  /** What keeps it from being used: it cannot be read, or its hash does not follow from the commit right before it. */
  readonly problem?: string | undefined
  /** Its chain hash as it is stored. */
  readonly hash: string
  /** Milliseconds since the Unix epoch; `undefined` when it cannot be read. */
  readonly timestamp: number | undefined
  /** Number of its events; 0 when they cannot be read. */
  readonly events: number
}

/** A stored state on its way into a snapshot. */
export interface StateToSave extends CommitPosition {
  /** JSON text of the state. */
  readonly stateText: string
  readonly schemaVersion: number
  readonly recent: RecentCommands
  /** Fewest command ids to keep with it; see `CommitDraft.idsAtLeast`. */
  readonly idsAtLeast: number
  readonly timestamp: number
  /** Save it beside the snapshot slot, which a newer schema version holds. */
  readonly slotIsNewer: boolean
}
