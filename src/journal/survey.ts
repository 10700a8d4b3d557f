import type { RequestOptions } from '../core/base/cost.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import type { Survey, SurveyedCommit } from '../core/journal/journal.ts'
import { follows, statedHash } from './chain-hash.ts'
import type { CommitReader } from './commit-reader.ts'
import { storeKey } from './key.ts'
import { formatVersion } from './record-fields.ts'
import type { Store, StoredCommit } from './store.ts'

/** Records asked for in one page. */
const pageSize = 1_000

/** What a store holds of an entity, whole or not. Reading throws `journal-corrupt` on records of a newer format: these are no damage. */
export async function surveyOf(
  store: Store,
  reader: CommitReader,
  entity: EntityKey,
  request: RequestOptions | undefined,
): Promise<Survey> {
  const { snapshot } = await store.recover(storeKey(entity), 2, request)
  return {
    snapshot: snapshot && { revision: snapshot.revision, hash: statedHash(snapshot.record) },
    commits: surveyCommits(store, reader, entity, request),
  }
}

async function* surveyCommits(
  store: Store,
  reader: CommitReader,
  entity: EntityKey,
  request: RequestOptions | undefined,
): AsyncGenerator<readonly SurveyedCommit[]> {
  let before = { revision: 0, hash: '' }
  for (let more = true; more; ) {
    const page = await store.range(storeKey(entity), before.revision + 1, pageSize, request)
    yield page.commits.map((stored) => {
      const previousHash = stored.revision === before.revision + 1 ? before.hash : undefined
      before = { revision: stored.revision, hash: statedHash(stored.record) }
      return surveyCommit(reader, entity, stored, previousHash)
    })
    more = page.more && page.commits.length > 0
  }
}

/** @param previousHash Hash that the commit right before states; `undefined` where that commit is missing. */
function surveyCommit(
  reader: CommitReader,
  entity: EntityKey,
  stored: StoredCommit,
  previousHash: string | undefined,
): SurveyedCommit {
  const { revision, record } = stored
  const hash = statedHash(record)
  try {
    const { timestamp, events } = reader.decodeOne(entity, stored)
    const isSound = previousHash === undefined || follows(stored, previousHash)
    const problem = isSound ? undefined : 'its hash does not follow from its content and the commit before'
    return { revision, hash, timestamp, events: events.length, problem }
  } catch (error) {
    const isNewer = Number(record['v']) > formatVersion
    if (isNewer || !isTailfoldError(error, 'journal-corrupt')) throw error
    return { revision, hash, timestamp: undefined, events: 0, problem: error.data.problem }
  }
}
