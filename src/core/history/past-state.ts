import type { HistoryReader } from '../engine/contract.ts'
import { foldEvent, type StateAt } from '../engine/view.ts'
import { checkWhole, kindOf } from './arguments.ts'
import { commitOfEvent, firstSequenceNr, newestRevisionWhere } from './find-commit.ts'

/** A point in the history of an entity: after a commit, after an event, or at a time. */
export type PastPoint =
  | { readonly revision: number }
  | { readonly sequenceNr: number }
  /**
   * Milliseconds since the Unix epoch, by the clocks of the writers. Where these disagree, commits that lie closer
   * together than that may be taken for earlier or later than they were.
   */
  | { readonly at: number }

/**
 * Reads the state at a point: the events up to it folded by the code of today. `undefined` when the entity has not come
 * that far; revision 0 at or before its beginning. Costs one or two requests where states ride along; the revision of a
 * time or an event is searched for, which takes as many more as the head has binary digits, at most.
 */
export async function readPast<State>(
  reader: HistoryReader<State>,
  entityId: string,
  point: PastPoint,
): Promise<StateAt<State> | undefined> {
  checkPoint(point)
  const entity = reader.key(entityId)
  const readCommit = (revision: number) => reader.commit(entity, revision)
  const after = async (revision: number): Promise<StateAt<State> | undefined> => {
    const state = await reader.recover(entity, revision)
    return state.revision === revision ? state : undefined
  }

  if ('revision' in point) return after(point.revision)
  const head = await reader.head(entity)
  if ('at' in point) {
    return after(
      await newestRevisionWhere(readCommit, head.revision, ({ timestamp }) => timestamp <= point.at),
    )
  }
  const { sequenceNr } = point
  if (sequenceNr === 0) return after(0)
  const commit = await commitOfEvent(readCommit, sequenceNr, head)
  if (commit === undefined) return undefined
  const { revision } = commit
  if (commit.lastSequenceNr === sequenceNr) return after(revision)

  // The point lies within a commit.
  const before = await after(revision - 1)
  if (before === undefined) return undefined
  let state: unknown = before.state
  for (let number = firstSequenceNr(commit); number <= sequenceNr; number++) {
    state = foldEvent(
      reader.definition,
      entity,
      number,
      state,
      commit.events[number - firstSequenceNr(commit)],
    )
  }
  return { revision, sequenceNr, state: state as State }
}

function checkPoint(point: unknown): void {
  const names = ['revision', 'sequenceNr', 'at'] as const
  const isObject = typeof point === 'object' && point !== null
  const given = isObject ? names.filter((name) => name in point) : []
  const [name] = given
  if (name === undefined || given.length > 1) {
    const found = !isObject
      ? `is ${kindOf(point)}`
      : given.length > 1
        ? `has ${given.length} of them`
        : 'is an object without'
    throw new TypeError(`point must have one of revision, sequenceNr and at; it ${found}.`)
  }
  const value = (point as Readonly<Record<string, unknown>>)[name]
  if (name !== 'at') checkWhole(name, value, 0)
  else if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError('at must be a number of milliseconds since the Unix epoch.')
  }
}
