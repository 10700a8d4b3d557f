import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { CommitPosition, Recovered, RecoverOptions } from '../core/journal/journal.ts'
import { checkHash, statedHash } from './chain-hash.ts'
import { type CommitReader, missingCommit } from './commit-reader.ts'
import { carriesState } from './commit-record.ts'
import { storeKey } from './key.ts'
import { fromSnapshot } from './snapshot-base.ts'
import type { Store, StoredCommit, StoredSnapshot } from './store.ts'

/** Commits looked at first; where states ride along nearly always, the very first one carries one. */
const firstLook = 1
/** How many times as many commits the next look takes in, up to the largest. */
const widening = 16
const largestLook = 1_000

/**
 * Rebuilds an entity as it was at a revision: from the newest state at or before it, one that rides with a commit or the
 * snapshot. `'ahead'` when the entity has not come to the revision. One request where the commit at `upTo` carries its
 * state, and for a revision ahead, however far.
 */
export async function recoverPast(
  store: Store,
  reader: CommitReader,
  entity: EntityKey,
  upTo: number,
  { schemaVersion }: RecoverOptions,
  request: RequestOptions | undefined,
): Promise<Recovered | 'ahead'> {
  const tailOf = (after: CommitPosition) => {
    const range = { fromRevision: after.revision + 1, limit: upTo - after.revision, after }
    return reader.commits(entity, range, request)
  }
  const found = await stateUpTo(store, entity, upTo, schemaVersion, request)
  if (found === 'ahead') return 'ahead'
  if (found.riding !== undefined) {
    const { revision, record } = found.riding
    const base = reader.decodeState(entity, revision, record)
    return { base, seen: [], tail: tailOf(base), slotIsNewer: false }
  }
  const { snapshot, last } = found
  const at = snapshot !== undefined && snapshot.revision === last?.revision ? last : undefined
  const commit: Commit | undefined = at && reader.decodeOne(entity, at)
  const cached = snapshot && (await fromSnapshot(reader, entity, snapshot, commit, tailOf))
  const tail = cached?.tail ?? tailOf({ revision: 0, sequenceNr: 0, hash: '' })
  return { base: undefined, seen: [], slotIsNewer: false, ...cached, tail }
}

/** What a past state may be taken from. */
interface StateUpTo {
  readonly riding?: StoredCommit | undefined
  readonly snapshot?: StoredSnapshot | undefined
  /** The commit at the revision asked for. */
  readonly last?: StoredCommit | undefined
}

async function stateUpTo(
  store: Store,
  entity: EntityKey,
  upTo: number,
  schemaVersion: number | undefined,
  request: RequestOptions | undefined,
): Promise<StateUpTo | 'ahead'> {
  let snapshot: StoredSnapshot | undefined
  let at: StoredCommit | undefined
  let look = firstLook
  for (let last = upTo; last > (snapshot?.revision ?? 0); last -= look, look = widened(look)) {
    const first = Math.max(1, last - look + 1)
    const { riding, newest } = await newestRiding(store, entity, { first, last, schemaVersion }, request)
    if (last === upTo && newest?.revision !== upTo) return 'ahead'
    if (riding !== undefined) return { riding }
    if (last !== upTo) continue
    at = newest
    if (first > 1) snapshot = await snapshotUpTo(store, entity, upTo, schemaVersion, request)
  }
  return { snapshot, last: at }
}

function widened(look: number): number {
  return Math.min(look * widening, largestLook)
}

/** The newest commit with a state from `first` to `last`, verified by the one before it; a page at a time. */
async function newestRiding(
  store: Store,
  entity: EntityKey,
  { first, last, schemaVersion }: { first: number; last: number; schemaVersion: number | undefined },
  request: RequestOptions | undefined,
) {
  let newest: StoredCommit | undefined
  let riding: { readonly commit: StoredCommit; readonly before: StoredCommit | undefined } | undefined
  for (let from = Math.max(1, first - 1), more = true; more && from <= last; ) {
    const page = await store.range(storeKey(entity), from, last - from + 1, request)
    for (const commit of page.commits) {
      if (commit.revision >= first && carriesState(commit.record, schemaVersion))
        riding = { commit, before: newest }
      newest = commit
    }
    more = page.more && page.commits.length > 0
    from = (newest?.revision ?? last) + 1
  }
  if (riding === undefined) return { newest, riding: undefined }
  const { commit, before } = riding
  if (commit.revision > 1 && before?.revision !== commit.revision - 1)
    throw missingCommit(entity, commit.revision - 1, commit.revision)
  checkHash(entity, commit, before === undefined ? '' : statedHash(before.record))
  return { newest, riding: commit }
}

async function snapshotUpTo(
  store: Store,
  entity: EntityKey,
  upTo: number,
  schemaVersion: number | undefined,
  request: RequestOptions | undefined,
): Promise<StoredSnapshot | undefined> {
  const { snapshot } = await store.recover(storeKey(entity), 2, request)
  const fits = schemaVersion === undefined || snapshot?.schemaVersion === schemaVersion
  return snapshot !== undefined && fits && snapshot.revision <= upTo ? snapshot : undefined
}
