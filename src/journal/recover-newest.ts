import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { CommitPosition, Recovered, RecoverOptions, StoredState } from '../core/journal/journal.ts'
import { checkHash, statedHash } from './chain-hash.ts'
import { type CommitReader, missingCommit } from './commit-reader.ts'
import { carriesState } from './commit-record.ts'
import { snapshotKeyBeside, storeKey } from './key.ts'
import type { PageSizes } from './page-size.ts'
import { type FromSnapshot, fromSnapshot } from './snapshot-base.ts'
import type { RecoveredRecords, Store, StoredCommit, StoredSnapshot } from './store.ts'

/** The newest records of an entity, ascending. The hash of the oldest is not verified, unless its revision is 1. */
interface Page {
  readonly stored: readonly StoredCommit[]
  readonly commits: readonly Commit[]
}

/** Rebuilds an entity as it is now: the newest usable state, in one request where it rides, and the commits after it. */
export async function recoverNewest(
  store: Store,
  reader: CommitReader,
  sizes: PageSizes,
  entity: EntityKey,
  { schemaVersion, firstPage }: RecoverOptions,
  request: RequestOptions | undefined,
): Promise<Recovered> {
  const key = storeKey(entity)
  const found = await store.recover(key, Math.max(2, firstPage ?? sizes.of(key)), request)
  const page = pageOf(reader, entity, found)
  const head = page.commits.at(-1)?.revision ?? 0
  const riding = found.commits.find(({ record }) => carriesState(record, schemaVersion))
  const slotIsNewer = schemaVersion !== undefined && (found.snapshot?.schemaVersion ?? 0) > schemaVersion
  const snapshot =
    slotIsNewer && riding === undefined
      ? (await store.recover(snapshotKeyBeside(key, schemaVersion), 2, request)).snapshot
      : found.snapshot

  const fits = schemaVersion === undefined || snapshot?.schemaVersion === schemaVersion
  let cached: FromSnapshot = {}
  if (snapshot !== undefined && fits && isBetween(snapshot, riding?.revision ?? 0, head)) {
    cached = await fromSnapshot(reader, entity, snapshot, pageAt(page, snapshot.revision), (base) =>
      tailOf(reader, entity, base, page, found.more, request),
    )
  }
  const { base = await ridingState(store, reader, entity, page, riding, request), droppedState } = cached
  if (base !== undefined) {
    // A snapshot is met first, needed or not; a riding state is read with the commit before it, for its hash.
    const ofState = base === cached.base ? 1 : found.snapshot === undefined ? 2 : 3
    sizes.learn(key, head - base.revision + ofState)
  }
  return {
    base,
    seen: base === undefined ? [] : verified(page, base, base !== cached.base),
    tail: cached.tail ?? tailOf(reader, entity, base, page, found.more, request),
    slotIsNewer,
    ...(droppedState !== undefined && { droppedState }),
  }
}

function pageOf(reader: CommitReader, entity: EntityKey, { commits }: RecoveredRecords): Page {
  const stored = commits.toReversed()
  return { stored, commits: reader.decode(entity, stored, undefined) }
}

function pageAt({ commits }: Page, revision: number): Commit | undefined {
  return commits.find((commit) => commit.revision === revision)
}

/** A snapshot ahead of the journal is no cache of it; one that is older than a riding state is not needed. */
function isBetween({ revision }: StoredSnapshot, after: number, head: number): boolean {
  return revision > after && revision <= head
}

/** The state in a commit of the page. Where that is the oldest of the page, the commit before it is read for its hash. */
async function ridingState(
  store: Store,
  reader: CommitReader,
  entity: EntityKey,
  { stored }: Page,
  riding: StoredCommit | undefined,
  request: RequestOptions | undefined,
): Promise<StoredState | undefined> {
  if (riding === undefined) return undefined
  const { revision, record } = riding
  if (revision > 1 && revision === stored[0]?.revision) {
    const { commits: found } = await store.range(storeKey(entity), revision - 1, 1, request)
    const before = found[0]
    if (before?.revision !== revision - 1) throw missingCommit(entity, revision - 1, revision)
    checkHash(entity, riding, statedHash(before.record))
  }
  return reader.decodeState(entity, revision, record)
}

/** Commits of the page up to a state. The oldest is among them only where it has been verified. */
function verified({ commits }: Page, { revision }: StoredState, rides: boolean): readonly Commit[] {
  const known = commits.filter((commit) => commit.revision <= revision)
  const [oldest] = known
  const isVerified = oldest?.revision === 1 || (rides && oldest?.revision === revision)
  return isVerified ? known : known.slice(1)
}

/** The commits after `base`: those between it and the page are read first, then comes the page itself. */
async function* tailOf(
  reader: CommitReader,
  entity: EntityKey,
  base: CommitPosition | undefined,
  { stored, commits }: Page,
  more: boolean,
  request: RequestOptions | undefined,
): AsyncGenerator<readonly Commit[]> {
  const after = base ?? { revision: 0, sequenceNr: 0, hash: '' }
  const fromRevision = after.revision + 1
  const [oldest] = stored
  // A page with nothing but the snapshot does not show how far the journal reaches.
  if (oldest === undefined && more) yield* reader.commits(entity, { fromRevision, after }, request)
  if (oldest === undefined) return
  if (oldest.revision > after.revision) {
    let { revision, hash } = after
    const limit = oldest.revision - fromRevision
    for await (const between of reader.commits(entity, { fromRevision, limit, after }, request)) {
      yield between
      revision += between.length
      hash = between.at(-1)?.hash ?? hash
    }
    if (revision + 1 !== oldest.revision) throw missingCommit(entity, revision + 1, oldest.revision)
    checkHash(entity, oldest, hash)
  }
  const tail = commits.filter((commit) => commit.revision >= fromRevision)
  if (tail.length > 0) yield tail
}
