import type { EntityKey } from '../core/base/entity-key.ts'
import { isTailfoldError } from '../core/base/errors.ts'
import type { Commit } from '../core/journal/commit.ts'
import type { Recovered, StoredState } from '../core/journal/journal.ts'
import type { CommitReader } from './commit-reader.ts'
import type { StoredSnapshot } from './store.ts'

/** A snapshot proven to belong to the journal, with the commits after it; or why it does not. */
export type FromSnapshot = Partial<Pick<Recovered, 'base' | 'tail' | 'droppedState'>>

/**
 * Takes a snapshot as the base of a recovery, if the journal proves it: by the commit at its revision where that has been
 * read, else by the hash of the next one. A table that was restored may hold a snapshot of commits that are gone; such a
 * snapshot is dropped, and what is wrong with the commits, if anything, a replay without it tells.
 *
 * @param at The commit at the revision of the snapshot, where it was read.
 * @param tailOf The commits after a state; its first page throws `journal-corrupt` when it does not follow.
 */
export async function fromSnapshot(
  reader: CommitReader,
  entity: EntityKey,
  snapshot: StoredSnapshot,
  at: Commit | undefined,
  tailOf: (base: StoredState) => AsyncGenerator<readonly Commit[]>,
): Promise<FromSnapshot> {
  const { revision, record } = snapshot
  try {
    const base = reader.decodeState(entity, revision, record)
    const isThere = at === undefined || (at.hash === base.hash && at.lastSequenceNr === base.sequenceNr)
    if (!isThere) return { droppedState: notOurs(revision) }
    if (at !== undefined) return { base, tail: tailOf(base) }
    const pages = tailOf(base)
    const first = await pages.next()
    if (first.done !== true && !startsAt(first.value, base.sequenceNr)) {
      await pages.return(undefined)
      return { droppedState: notOurs(revision) }
    }
    return { base, tail: startingWith(first, pages) }
  } catch (error) {
    if (!isTailfoldError(error, 'journal-corrupt')) throw error
    return { droppedState: `${notOurs(revision)} (${error.data.problem})` }
  }
}

function notOurs(revision: number): string {
  return `the snapshot of revision ${revision} does not belong to the commit there`
}

function startsAt([first]: readonly Commit[], sequenceNr: number): boolean {
  return first === undefined || first.lastSequenceNr - first.events.length === sequenceNr
}

async function* startingWith(
  first: IteratorResult<readonly Commit[]>,
  rest: AsyncIterable<readonly Commit[]>,
): AsyncGenerator<readonly Commit[]> {
  if (first.done === true) return
  yield first.value
  yield* rest
}
