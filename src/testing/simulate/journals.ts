import type { EntityKey } from '../../core/base/entity-key.ts'
import type { Commit } from '../../core/journal/commit.ts'
import type { Journal } from '../../core/journal/journal.ts'
import { commitReader } from '../../journal/commit-reader.ts'
import { snapshotKeyBeside, storeKey } from '../../journal/key.ts'
import type { Store } from '../../journal/store.ts'

/** All commits of an entity. Throws `journal-corrupt`. */
export async function readCommits(journal: Journal, entity: EntityKey): Promise<readonly Commit[]> {
  return (await Array.fromAsync(journal.commits(entity, { fromRevision: 1 }))).flat()
}

/** A state that was found stored. */
export interface FoundState {
  readonly where: 'riding state' | 'snapshot'
  readonly revision: number
  readonly schemaVersion: number
  readonly state: unknown
}

/** States are small here; what bounds them is the store. */
const mostInflatedBytes = 64 * 1024 * 1024

/** All states stored of an entity, read as recovery reads them. Throws `journal-corrupt`. */
export async function readStates(
  store: Store,
  entity: EntityKey,
  commits: readonly Commit[],
  schemaVersion: number,
): Promise<readonly FoundState[]> {
  const key = storeKey(entity)
  const reader = commitReader(store, mostInflatedBytes)
  const found: FoundState[] = []
  for (const slot of [key, snapshotKeyBeside(key, schemaVersion)]) {
    const { snapshot } = await store.recover(slot, 2)
    if (snapshot === undefined) continue
    const { revision, schemaVersion: own, record } = snapshot
    const { state } = reader.decodeState(entity, revision, record)
    found.push({ where: 'snapshot', revision, schemaVersion: own, state })
  }
  for (let next = 1; next <= commits.length; ) {
    const page = await store.range(key, next, commits.length - next + 1)
    if (page.commits.length === 0) break
    for (const { revision, record } of page.commits) {
      const own = commits[revision - 1]?.stateVersion
      if (own === undefined) continue
      const { state } = reader.decodeState(entity, revision, record)
      found.push({ where: 'riding state', revision, schemaVersion: own, state })
    }
    next += page.commits.length
  }
  return found
}
