import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import type { TailfoldError } from '../core/base/errors.ts'
import { journalCorrupt } from '../core/base/failures.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { CommitPosition, CommitRange, StoredState } from '../core/journal/journal.ts'
import { checkHash, statedHash } from './chain-hash.ts'
import { decodeCommit } from './commit-record.ts'
import { storeKey } from './key.ts'
import { decodeState } from './snapshot-record.ts'
import type { Store, StoredCommit, StoredRecord } from './store.ts'

/** Reads commits from a store. What it gives out has been verified against the commit before it. */
export interface CommitReader {
  commits(entity: EntityKey, range: CommitRange, request?: RequestOptions): AsyncGenerator<readonly Commit[]>
  /** The commits after a known one, as `Journal.readOn`. */
  readOn(
    entity: EntityKey,
    known: CommitPosition,
    request?: RequestOptions,
  ): Promise<AsyncIterable<readonly Commit[]> | 'unchanged' | 'behind'>
  /**
   * Decodes consecutive records, ascending, each verified against the one before; the first against `previousHash`, and
   * not at all where that is `undefined`. Throws `journal-corrupt` for a gap, a duplicate, an unreadable or an altered
   * record.
   */
  decode(
    entity: EntityKey,
    stored: readonly StoredCommit[],
    previousHash: string | undefined,
  ): readonly Commit[]
  decodeOne(entity: EntityKey, stored: StoredCommit): Commit
  decodeState(entity: EntityKey, revision: number, record: StoredRecord): StoredState
}

/** Records asked for in one page of a longer read. */
const rangeLimit = 1_000

/** Where commits are read from, and the longest text that a compressed field of theirs may have. */
interface Source {
  readonly store: Store
  readonly maxInflatedBytes: number
}

/** A commit that what follows is verified against. */
type After = Pick<CommitPosition, 'revision' | 'hash'>

/** A reader of the commits in a store. */
export function commitReader(store: Store, maxInflatedBytes: number): CommitReader {
  const source = { store, maxInflatedBytes }
  return {
    decode: (entity, stored, previousHash) => decode(source, entity, stored, previousHash),
    decodeOne: (entity, stored) => decodeOne(source, entity, stored, storeKey(entity)),
    decodeState: (entity, revision, record) => decodeState({ entity, revision, maxInflatedBytes }, record),

    commits(entity, { fromRevision, limit = Infinity, after }, request) {
      if (fromRevision <= 1) return pagesAfter(source, entity, { revision: 0, hash: '' }, limit, request)
      if (after?.revision === fromRevision - 1) return pagesAfter(source, entity, after, limit, request)
      return pagesFrom(source, entity, fromRevision, limit, request)
    },

    async readOn(entity, known, request) {
      const all = Infinity
      if (known.revision === 0) return pagesAfter(source, entity, known, all, request)
      const page = await store.range(storeKey(entity), known.revision, rangeLimit, request)
      const [first, ...rest] = page.commits
      if (first?.revision !== known.revision || statedHash(first.record) !== known.hash) return 'behind'
      if (rest.length === 0 && !page.more) return 'unchanged'
      const decoded = decodeAfter(source, entity, known, rest)
      const last = decoded.at(-1) ?? known
      return (async function* () {
        if (decoded.length > 0) yield decoded
        if (page.more) yield* pagesAfter(source, entity, last, all, request)
      })()
    },
  }
}

function decodeOne(
  { store, maxInflatedBytes }: Source,
  entity: EntityKey,
  { revision, record }: StoredCommit,
  key: string,
): Commit {
  const bytes = store.recordBytes(key, revision, record)
  return decodeCommit({ entity, revision, maxInflatedBytes }, record, bytes)
}

/** See {@link CommitReader.decode}. */
function decode(
  source: Source,
  entity: EntityKey,
  stored: readonly StoredCommit[],
  previousHash: string | undefined,
): readonly Commit[] {
  const key = storeKey(entity)
  let hash = previousHash
  let expected = stored[0]?.revision
  const commits: Commit[] = []
  for (const each of stored) {
    const { revision } = each
    if (revision !== expected) {
      const problem = `revision ${expected} was expected here: a commit is missing or duplicated`
      throw journalCorrupt(entity, revision, problem)
    }
    expected = revision + 1
    // Decoded first: the hash of a record in a newer format may cover other fields.
    const commit = decodeOne(source, entity, each, key)
    const known = revision === 1 ? '' : hash
    if (known !== undefined) checkHash(entity, each, known)
    hash = commit.hash
    commits.push(commit)
  }
  return commits
}

/** Decodes what was read after a commit. */
function decodeAfter(
  source: Source,
  entity: EntityKey,
  { revision, hash }: After,
  stored: readonly StoredCommit[],
): readonly Commit[] {
  const [first] = stored
  if (first !== undefined && first.revision !== revision + 1)
    throw missingCommit(entity, revision + 1, first.revision)
  return decode(source, entity, stored, hash)
}

/** Pages of commits after a known position. */
async function* pagesAfter(
  source: Source,
  entity: EntityKey,
  after: After,
  limit: number,
  request: RequestOptions | undefined,
): AsyncGenerator<readonly Commit[]> {
  let last = after
  for (let left = limit, more = true; more && left > 0; ) {
    const count = Math.min(left, rangeLimit)
    const page = await source.store.range(storeKey(entity), last.revision + 1, count, request)
    const decoded = decodeAfter(source, entity, last, page.commits)
    const newest = decoded.at(-1)
    if (newest === undefined) return
    yield decoded
    last = newest
    left -= decoded.length
    more = page.more
  }
}

/** As {@link pagesAfter}, after a commit that is read along with the first page, for its hash. */
async function* pagesFrom(
  source: Source,
  entity: EntityKey,
  fromRevision: number,
  limit: number,
  request: RequestOptions | undefined,
): AsyncGenerator<readonly Commit[]> {
  if (limit <= 0) return
  const before = fromRevision - 1
  const page = await source.store.range(storeKey(entity), before, Math.min(limit + 1, rangeLimit), request)
  const [first, ...rest] = page.commits
  if (first === undefined) return
  if (first.revision !== before) throw missingCommit(entity, before, first.revision)
  const position = { revision: before, hash: statedHash(first.record) }
  const decoded = decodeAfter(source, entity, position, rest)
  if (decoded.length > 0) yield decoded
  if (page.more)
    yield* pagesAfter(source, entity, decoded.at(-1) ?? position, limit - decoded.length, request)
}

/** The error for a gap in front of a commit. */
export function missingCommit(entity: EntityKey, revision: number, next: number): TailfoldError {
  return journalCorrupt(entity, revision, `it is missing; the next is revision ${next}`)
}
