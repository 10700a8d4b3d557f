import { byteLength } from '#bytes'
import { type Checks, checkOptions, trueOrFalse, wholeNumber } from '../core/base/check-options.ts'
import { describeEntity, type EntityKey } from '../core/base/entity-key.ts'
import { journalCorrupt, storeFailure } from '../core/base/failures.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { AppendResult, Journal, PreparedCommit, StateToSave } from '../core/journal/journal.ts'
import { checkTimestamp } from '../core/journal/timestamp.ts'
import { alteredCommit, follows } from './chain-hash.ts'
import { type CommitReader, commitReader } from './commit-reader.ts'
import { commitIdIn } from './commit-record.ts'
import { readChange } from './changes.ts'
import { cheapest } from './compression.ts'
import { recordTooLarge, textTooLarge } from './failures.ts'
import { withIdsThatFit } from './ids-that-fit.ts'
import { entityIdOf, snapshotKeyBeside, storeKey, storePrefix } from './key.ts'
import { learnPageSizes } from './page-size.ts'
import { prepareCommit, type StoredForm } from './prepare-commit.ts'
import { recoverNewest } from './recover-newest.ts'
import { recoverPast } from './recover-past.ts'
import { encodeSnapshot, measuredSnapshot, withRecent } from './snapshot-record.ts'
import { surveyOf } from './survey.ts'
import type { Store, StoredRecord, StoredSnapshot } from './store.ts'

/** How a journal uses its store. */
export interface KeyValueJournalOptions {
  /** Let the state ride in a commit where it fits into the bytes billed anyway. Default true. */
  readonly inlineState?: boolean | undefined
  /**
   * Longest text of a compressed field (events, recorded replies or state), in bytes: longer ones are refused as
   * `record-too-large` when written, and as `journal-corrupt` when read. Default 8 MiB.
   */
  readonly maxInflatedBytes?: number | undefined
}

/** What every option of a journal must be. */
export const journalOptionChecks: Checks<KeyValueJournalOptions> = {
  inlineState: trueOrFalse,
  maxInflatedBytes: wholeNumber(1),
}

const defaultMaxInflatedBytes = 8 * 1024 * 1024
const defaultMaxCommandIds = 99
/** Four records of up to 1 KB each make one read unit of DynamoDB. */
const defaultFirstPage = 4

/**
 * The journal over any {@link Store}: one record a commit, one snapshot slot an entity. Makes no request by itself. Throws
 * `TypeError` for what is no store, and for options that it does not know: those of a store are for whoever makes that.
 */
export function keyValueJournal(store: Store, options: KeyValueJournalOptions = {}): Journal {
  checkArguments(store, options)
  const { inlineState = true, maxInflatedBytes = defaultMaxInflatedBytes } = options
  const { maxRecordBytes, maxCommandIds = defaultMaxCommandIds, firstPage = defaultFirstPage } = store.limits
  const reader = commitReader(store, maxInflatedBytes)
  const sizes = learnPageSizes(firstPage)
  return {
    keepsRejections: true,
    maxRecordBytes,
    maxCommandIds,
    commits: reader.commits,
    readOn: reader.readOn,

    async recover(entity, recovery, request) {
      const { snapshot = 'use', upTo } = recovery
      if (snapshot === 'ignore') {
        const tail = reader.commits(entity, { fromRevision: 1, limit: upTo }, request)
        return { base: undefined, seen: [], tail, slotIsNewer: false }
      }
      if (upTo !== undefined) {
        const past = await recoverPast(store, reader, entity, upTo, recovery, request)
        if (past !== 'ahead') return past
      }
      return recoverNewest(store, reader, sizes, entity, recovery, request)
    },

    prepare: (entity, draft) => prepareCommit(store, entity, draft, { inlineState, maxInflatedBytes }),
    append: (entity, prepared, request) => append(store, reader, entity, prepared, request),
    saveState: (entity, state, request) => saveState(store, entity, state, maxInflatedBytes, request),

    survey: (entity, request) => surveyOf(store, reader, entity, request),
    ...(store.truncate && {
      truncate: async (entity, lastRevision, request) =>
        (await store.truncate?.(storeKey(entity), lastRevision, request)) ?? 0,
    }),

    readChange: (change) => readChange(reader, change),
    ...(store.changes && { changes: store.changes.bind(store) }),
    ...(store.waitForChanges && { waitForChanges: store.waitForChanges.bind(store) }),

    ...(store.findCommandId && {
      findCommandId: async (entity, commandId, request) =>
        store.findCommandId?.(storeKey(entity), commandId, request),
    }),

    ...(store.keys &&
      ({
        async entityIds({ after, limit, ...list }, request) {
          const prefix = storePrefix(list)
          const from = after === undefined ? '' : storeKey({ ...list, entityId: after })
          const page = await store.keys?.(prefix, from, limit, request)
          return { entityIds: page?.keys.map(entityIdOf) ?? [], more: page?.more ?? false }
        },
      } satisfies Pick<Journal, 'entityIds'>)),
  }
}

/** Throws `TypeError` on what is no store, and on options that cannot work. */
function checkArguments(store: unknown, options: KeyValueJournalOptions): void {
  const methods = (store ?? {}) as Readonly<Record<string, unknown>>
  const names = ['recordBytes', 'append', 'recover', 'range', 'saveSnapshot']
  if (typeof methods['limits'] !== 'object' || names.some((name) => typeof methods[name] !== 'function'))
    throw new TypeError('keyValueJournal needs a store, such as memoryStore() makes.')
  checkOptions('keyValueJournal', options, journalOptionChecks)
}

async function append(
  store: Store,
  reader: CommitReader,
  entity: EntityKey,
  { commit: { revision, commitId }, stored }: PreparedCommit,
  request: RequestOptions | undefined,
): Promise<AppendResult> {
  const key = storeKey(entity)
  const { record: own, ids, previousHash } = stored as StoredForm
  const result = await store.append(key, revision, own, { ...request, ids, previousHash })
  if (result.kind !== 'occupied') return result
  const winner = { revision, record: result.record ?? (await winnerAt(store, entity, revision, request)) }
  // The winner belongs to another history than this draft. Should its record be corrupt instead, the next read tells.
  if (!follows(winner, previousHash)) {
    if (commitIdIn(winner.record) === commitId) throw alteredCommit(entity, revision)
    return { kind: 'behind' }
  }
  return { kind: 'occupied', winner: reader.decodeOne(entity, winner) }
}

/** What is at an occupied revision. An error here leaves open who that is: it may be the very commit appended. */
async function winnerAt(
  store: Store,
  entity: EntityKey,
  revision: number,
  request: RequestOptions | undefined,
): Promise<StoredRecord> {
  const page = await store.range(storeKey(entity), revision, 1, request).catch((cause: unknown) => {
    throw storeFailure('read the winner of a conflict', 'it failed', { applied: 'unknown', cause })
  })
  const winner = page.commits[0]
  if (winner?.revision === revision) return winner.record
  throw journalCorrupt(entity, revision, 'the store says that it is occupied, but returns nothing there')
}

async function saveState(
  store: Store,
  entity: EntityKey,
  state: StateToSave,
  maxInflatedBytes: number,
  request: RequestOptions | undefined,
): Promise<void> {
  const { revision, schemaVersion, stateText, slotIsNewer, timestamp } = state
  checkTimestamp(timestamp)
  const key = slotIsNewer ? snapshotKeyBeside(storeKey(entity), schemaVersion) : storeKey(entity)
  const { maxRecordBytes, billedBytes } = store.limits
  const size = (snapshot: StoredSnapshot) => store.recordBytes(key, revision, measuredSnapshot(snapshot))
  const stateBytes = byteLength(stateText)
  const { form } = cheapest(size, billedBytes, encodeSnapshot(state), () =>
    stateBytes > maxInflatedBytes ? [] : [encodeSnapshot(state, true)],
  )
  const { form: snapshot, bytes } = withIdsThatFit(state, size, billedBytes, (ids) => withRecent(form, ids))
  const name = describeEntity(entity)
  if (bytes > maxRecordBytes && stateBytes > maxInflatedBytes)
    throw textTooLarge(name, 'snapshot', stateBytes, maxInflatedBytes)
  if (bytes > maxRecordBytes) throw recordTooLarge(name, 'snapshot', bytes, maxRecordBytes)
  await store.saveSnapshot(key, snapshot, request)
}
