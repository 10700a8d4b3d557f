import type { Commit, CommitDraft } from '../core/journal/commit.ts'
import { describeEntity, type EntityKey } from '../core/base/entity-key.ts'
import type { Meter } from '../core/base/cost.ts'
import type { TailfoldError } from '../core/base/errors.ts'
import { journalCorrupt, storeFailure } from '../core/base/failures.ts'
import type { CommitLog, CommitRange, DurableState } from '../core/journal/journal.ts'
import { jsonText } from '../core/base/json.ts'
import {
  checkHash,
  decodeCommit,
  decodeCommits,
  decodeRidingState,
  decodeState,
  encodeCommit,
  encodeSnapshot,
  sealed,
  withState,
} from './codec.ts'
import { recordTooLarge } from './failures.ts'
import { entityIdOf, storeKey, storePrefix } from './key.ts'
import { learnPageSize } from './page-size.ts'
import { stateUpTo } from './state-up-to.ts'
import type {
  RecoveredRecords,
  Store,
  StoredCommit,
  StoredRecord,
  StoredCommandId,
  StoredSnapshot,
} from './store.ts'

/** How a journal uses its store. */
export interface CommitLogOptions {
  /** Let the state ride in a commit where it fits into the bytes billed anyway. Default true. */
  readonly inlineState?: boolean
}

/** Records asked for in one page of a longer read. */
const rangeLimit = 1_000

/** A log of whole commits over a key-value store. */
export function keyValueCommitLog(store: Store, { inlineState = true }: CommitLogOptions = {}): CommitLog {
  const pageSize = learnPageSize()

  async function* commits(entity: EntityKey, range: CommitRange): AsyncGenerator<readonly Commit[]> {
    const key = storeKey(entity)
    const { meter } = range
    let { fromRevision, limit = Number.POSITIVE_INFINITY, previousHash } = range
    for (let more = true; more && limit > 0; ) {
      const page = await store.range(key, fromRevision, Math.min(limit, rangeLimit), { meter })
      const first = page.commits[0]
      if (first === undefined) return
      if (first.revision !== fromRevision) {
        throw missingCommit(entity, fromRevision, first.revision)
      }
      const decoded = decodeCommits(
        entity,
        page.commits,
        (revision, record) => store.recordBytes(key, revision, record),
        previousHash,
      )
      yield decoded
      fromRevision += decoded.length
      limit -= decoded.length
      previousHash = decoded.at(-1)?.hash ?? previousHash
      more = page.more
    }
  }

  /**
   * The commits after `base`: those between it and the page are read first, then the page itself is given out. The page
   * was read without the commit before it, so its first hash is checked here.
   */
  async function* tailOf(
    entity: EntityKey,
    base: DurableState | undefined,
    page: readonly Commit[],
    stored: readonly StoredCommit[],
    meter: Meter | undefined,
  ): AsyncGenerator<readonly Commit[]> {
    const fromRevision = (base?.revision ?? 0) + 1
    const tail = page.filter((commit) => commit.revision >= fromRevision)
    const first = stored.find(({ revision }) => revision === tail[0]?.revision)
    if (first === undefined) return
    const limit = first.revision - fromRevision
    let { revision, hash: previousHash } = base ?? { revision: 0, hash: '' }
    for await (const between of commits(entity, { fromRevision, limit, previousHash, meter })) {
      yield between
      revision += between.length
      previousHash = between.at(-1)?.hash ?? previousHash
    }
    if (revision + 1 !== first.revision) throw missingCommit(entity, revision + 1, first.revision)
    checkHash(entity, first, previousHash)
    yield tail
  }

  /**
   * The page begins with a commit whose hash cannot be checked without the one before. It matters where recovery starts
   * from the state in just that commit; then the one before is read as well.
   */
  async function checkOldest(
    entity: EntityKey,
    key: string,
    { commits: page }: RecoveredRecords,
    base: DurableState | undefined,
    meter: Meter | undefined,
  ): Promise<void> {
    const oldest = page.at(-1)
    if (oldest === undefined || oldest.revision === 1 || oldest.revision !== base?.revision) return
    if (oldest.record['s'] === undefined) return
    const { commits: before } = await store.range(key, oldest.revision - 1, 1, { meter })
    checkHash(entity, oldest, String(before[0]?.record['h']))
  }

  /** What stands at an occupied revision. An error here leaves open who that is: it may be the very commit appended. */
  async function winnerAt(entity: EntityKey, key: string, revision: number, meter: Meter | undefined) {
    const { commits: found } = await store.range(key, revision, 1, { meter }).catch((cause: unknown) => {
      throw storeFailure('read the winner of a conflict', 'it failed', { applied: 'unknown', cause: cause })
    })
    const winner = found[0]
    if (winner?.revision === revision) return winner.record
    throw journalCorrupt(entity, revision, 'the store says that it is occupied, but returns nothing there')
  }

  return {
    keepsRefusals: true,
    maxRecordBytes: store.limits.maxRecordBytes,
    commits,

    async recover(entity, { schemaVersion, snapshot = 'use', upTo, meter }) {
      const key = storeKey(entity)
      const past =
        upTo !== undefined && snapshot === 'use'
          ? await stateUpTo(store, entity, upTo, { schemaVersion, meter })
          : undefined
      if (upTo !== undefined && past !== 'ahead') {
        const { revision, hash } = past ?? { revision: 0, hash: '' }
        const range = { fromRevision: revision + 1, limit: upTo - revision, previousHash: hash, meter }
        return { base: past, seen: [], tail: commits(entity, range) }
      }
      const eventsAlone = { base: undefined, seen: [], tail: commits(entity, { fromRevision: 1, meter }) }
      if (snapshot === 'ignore') return eventsAlone
      const found = await store.recover(key, pageSize.of(entity.entityType), { meter })
      // A page with nothing but the snapshot does not show whether the journal reaches that far.
      if (found.commits.length === 0 && found.more) return eventsAlone
      const page = decodeCommits(
        entity,
        found.commits.toReversed(),
        (revision, record) => store.recordBytes(key, revision, record),
        undefined,
      )
      const base = newestState(entity, found, schemaVersion)
      await checkOldest(entity, key, found, base, meter)
      const seen = page.filter((commit) => commit.revision <= (base?.revision ?? 0))
      const head = page.at(-1)?.revision ?? 0
      if (base !== undefined) {
        pageSize.learn(entity.entityType, head - base.revision, recordsOfState(found, base))
      }
      return { base, seen, tail: tailOf(entity, base, page, found.commits, meter) }
    },

    prepare(entity, draft) {
      const key = storeKey(entity)
      const { maxRecordBytes, billedBytes } = store.limits
      const size = (record: StoredRecord) => store.recordBytes(key, draft.revision, record)
      const { form: plain, bytes: plainBytes } = cheaper(size, billedBytes, encodeCommit(draft), () =>
        encodeCommit(draft, true),
      )
      if (plainBytes > maxRecordBytes) {
        throw recordTooLarge(describeEntity(entity), 'commit', plainBytes, maxRecordBytes)
      }

      const paidBytes = Math.min(Math.ceil(plainBytes / billedBytes) * billedBytes, maxRecordBytes)
      const mayFit = inlineState && draft.state !== undefined && draft.stateBytesHint < 2 * billedBytes
      const stateText = mayFit ? jsonText(draft.state, 'state') : ''
      const full = mayFit ? withState(plain, draft, stateText) : plain
      const fullBytes = mayFit ? size(full) : plainBytes
      const carriesState = mayFit && fullBytes <= paidBytes

      const record = sealed(carriesState ? full : plain, draft)
      const bytes = carriesState ? fullBytes : plainBytes
      const { revision, commitId, timestamp, lastSequenceNr, events, receipts, causes } = draft
      const hash = String(record['h'])
      const stateVersion = carriesState ? { stateVersion: draft.schemaVersion } : {}
      const commit = {
        revision,
        commitId,
        timestamp,
        lastSequenceNr,
        events,
        receipts,
        ...(causes && { causes }),
        hash,
        bytes,
        ...stateVersion,
      }
      const stateBytes = mayFit ? Buffer.byteLength(stateText) : undefined
      return {
        commit,
        carriesState,
        stateBytes,
        stored: { record, ids: idsOf(draft), previousHash: draft.previousHash } satisfies StoredForm,
      }
    },

    async append(entity, { commit, stored }, meter) {
      const key = storeKey(entity)
      const { record: own, ids, previousHash } = stored as StoredForm
      const result = await store.append(key, commit.revision, own, { ids, meter })
      if (result.kind === 'appended') return result
      if (result.kind === 'behind') throw new TypeError('not asked for')
      const { revision } = commit
      const record = result.record ?? (await winnerAt(entity, key, revision, meter))
      checkHash(entity, { revision, record }, previousHash)
      return {
        kind: 'occupied',
        winner: decodeCommit(entity, revision, record, store.recordBytes(key, revision, record)),
      }
    },

    ...(store.findCommandId && {
      findCommandId: async (entity, commandId, meter) =>
        store.findCommandId?.(storeKey(entity), commandId, { meter }),
    }),

    ...(store.keys &&
      ({
        async entityIds({ after, limit, ...list }, meter) {
          const prefix = storePrefix(list)
          const from = after === undefined ? '' : storeKey({ ...list, entityId: after })
          const page = await store.keys?.(prefix, from, limit, { meter })
          return { entityIds: page?.keys.map(entityIdOf) ?? [], more: page?.more ?? false }
        },
      } satisfies Pick<CommitLog, 'entityIds'>)),

    async saveState(entity, state) {
      const key = storeKey(entity)
      // A store keeps these two beside the record.
      const beside = { sr: state.revision, sv: state.schemaVersion }
      const size = (snapshot: StoredSnapshot) =>
        store.recordBytes(key, state.revision, { ...snapshot.record, ...beside })
      const { maxRecordBytes, billedBytes } = store.limits
      const { form: snapshot, bytes } = cheaper(size, billedBytes, encodeSnapshot(state), () =>
        encodeSnapshot(state, true),
      )
      if (bytes > maxRecordBytes)
        throw recordTooLarge(describeEntity(entity), 'snapshot', bytes, maxRecordBytes)
      await store.saveSnapshot(key, snapshot)
    },
  }
}

/** The compressed form where that is billed for less; within the first billed unit there is nothing to be won. */
function cheaper<Form>(
  size: (form: Form) => number,
  billedBytes: number,
  plain: Form,
  compressed: () => Form,
): { readonly form: Form; readonly bytes: number } {
  const bytes = size(plain)
  if (bytes <= billedBytes) return { form: plain, bytes }
  const smaller = compressed()
  const smallerBytes = size(smaller)
  return Math.ceil(smallerBytes / billedBytes) < Math.ceil(bytes / billedBytes)
    ? { form: smaller, bytes: smallerBytes }
    : { form: plain, bytes }
}

/** What {@link keyValueCommitLog} prepares. */
interface StoredForm {
  /** Chain hash of the commit before. */
  readonly previousHash: string
  readonly record: StoredRecord
  readonly ids: readonly StoredCommandId[]
}

function idsOf({ receipts, idsExpireAtEpochSeconds }: CommitDraft): readonly StoredCommandId[] {
  if (idsExpireAtEpochSeconds === undefined) return []
  return receipts.map(({ commandId }) => ({ commandId, expiresAtEpochSeconds: idsExpireAtEpochSeconds }))
}

/** The newest of the states riding in the commits and the snapshot. A snapshot ahead of the journal is no cache of it. */
function newestState(entity: EntityKey, found: RecoveredRecords, schemaVersion: number | undefined) {
  const { snapshot, commits } = found
  const head = commits[0]?.revision ?? 0
  const fits = schemaVersion === undefined || snapshot?.schemaVersion === schemaVersion
  const usable = fits && snapshot !== undefined && snapshot.revision <= head ? snapshot : undefined
  for (const commit of commits) {
    if (commit.revision < (usable?.revision ?? 0)) break
    const riding = decodeRidingState(entity, commit, schemaVersion)
    if (riding !== undefined) return riding
  }
  return usable && decodeState(entity, usable.revision, usable.record)
}

/** A snapshot is met first, needed or not; a riding state is read with the commit before it, which proves its hash. */
function recordsOfState({ snapshot }: RecoveredRecords, base: DurableState): number {
  if (snapshot === undefined) return 2
  return snapshot.revision === base.revision ? 1 : 3
}

function missingCommit(entity: EntityKey, revision: number, next: number): TailfoldError {
  return journalCorrupt(entity, revision, `it is missing; the next is revision ${next}`)
}
