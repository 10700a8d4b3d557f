import type { Commit } from '../journal/commit.ts'
import type { CurrentState } from '../engine/engine-contract.ts'
import type { AnyEntity } from '../entity/entity.ts'
import type { EntityKey } from '../base/entity-key.ts'
import { firstSequenceNr, newestCommitWhere } from './find-commit.ts'
import type { JournalAccess } from '../engine/entity-journal.ts'
import { deepFreeze } from '../base/json.ts'
import type { RetryBudget } from '../engine/run.ts'
import { foldEvent } from '../engine/view.ts'

/** A point in the history of an entity: after a commit, after an event, or at a time. */
export type PastPoint =
  | { readonly revision: number }
  | { readonly sequenceNr: number }
  /**
   * Milliseconds since the Unix epoch, by the clocks of the writers. Where these disagree, commits that lie closer
   * together than that may be taken for earlier or later than they were.
   */
  | { readonly at: number }

/** The state at a point; `undefined` when the entity has not come that far. At or before its beginning: revision 0. */
export async function readPastState(
  definition: AnyEntity,
  access: JournalAccess,
  entity: EntityKey,
  point: PastPoint,
  budget: RetryBudget,
): Promise<CurrentState | undefined> {
  const readCommit = (revision: number) => access.readCommit(entity, revision, budget)
  const after = async (revision: number): Promise<CurrentState | undefined> => {
    const { state, sequenceNr, ...at } = await access.recoverAt(entity, revision, budget)
    return at.revision === revision ? { revision, sequenceNr, state } : undefined
  }

  if ('revision' in point) return after(point.revision)
  const head = await access.recover(entity, budget)
  if ('at' in point) {
    const written = (commit: Commit) => commit.timestamp <= point.at
    return after(await newestCommitWhere(readCommit, head.revision, written))
  }
  const { sequenceNr } = point
  if (sequenceNr > head.sequenceNr) return undefined
  const begun = (commit: Commit) => firstSequenceNr(commit) <= sequenceNr
  const guess = Math.ceil((sequenceNr * head.revision) / Math.max(1, head.sequenceNr))
  const revision = await newestCommitWhere(readCommit, head.revision, begun, guess)
  const commit = revision === 0 ? undefined : await readCommit(revision)
  if (commit === undefined || commit.lastSequenceNr <= sequenceNr) return after(revision)

  // The point lies within a commit.
  const before = await after(revision - 1)
  if (before === undefined) return undefined
  let { state } = before
  for (let number = firstSequenceNr(commit); number <= sequenceNr; number++) {
    state = foldEvent(definition, entity, number, state, commit.events[number - firstSequenceNr(commit)])
  }
  return { revision, sequenceNr, state: deepFreeze(state) }
}
