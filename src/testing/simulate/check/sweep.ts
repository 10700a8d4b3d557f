import { canonicalJson } from '../../../core/base/json.ts'
import type { AnyEntity } from '../../../core/entity/entity.ts'
import type { CommandInvocation, Epoch } from '../history.ts'
import { answerOf, decideAgain, excerpt, type Redecided } from './decide-again.ts'
import { type Entry, entriesOf, idOf } from './entries.ts'
import { frozenJson } from '../../../core/base/json.ts'
import { type Problem, problem } from './violation.ts'

/** The entity after so many entries. */
export interface Point {
  readonly state: unknown
  readonly revision: number
  readonly sequenceNr: number
}

/** An entry with its place, the number of entries up to it, and the answer that belongs there. */
export interface PlacedEntry extends Entry {
  readonly place: number
  readonly answer: string
}

/** An epoch's journal, folded and decided again from its beginning. */
export interface Sweep {
  readonly epoch: Epoch
  /** `points[n]`: after n entries. */
  readonly points: readonly Point[]
  readonly entries: readonly PlacedEntry[]
  readonly ofSending: ReadonlyMap<number, PlacedEntry>
  /** By command id and principal, in order; see {@link idOf}. */
  readonly ofId: ReadonlyMap<string, readonly PlacedEntry[]>
  readonly problems: readonly Problem[]
}

/**
 * Sweeps over a journal, which is the total order: every entry must be what its command decides on the state that the
 * entries before it give, at the time of its commit. Stops at a commit that belongs to no command.
 */
export async function sweep(
  definition: AnyEntity,
  epoch: Epoch,
  sendings: ReadonlyMap<number, CommandInvocation>,
): Promise<Sweep> {
  const problems: Problem[] = []
  const points: Point[] = [
    { state: frozenJson(definition.initialState, 'state'), revision: 0, sequenceNr: 0 },
  ]
  const entries: PlacedEntry[] = []
  const ofSending = new Map<number, PlacedEntry>()
  const ofId = new Map<string, PlacedEntry[]>()

  for (const [index, commit] of epoch.commits.entries()) {
    const found = entriesOf(commit, epoch.durable[index], sendings)
    if ('rule' in found) {
      problems.push(found)
      break
    }
    if (found.length === 0)
      problems.push(problem('every commit has an entry', [], `revision ${commit.revision}`))
    for (const entry of found) {
      const before = points.at(-1) as Point
      const { operation } = entry.sent
      const decided = await decideAgain(definition, entry.sent, before, entry.timestamp)
      const state = fold(definition, before.state, entry)
      if (state instanceof Error) {
        problems.push(problem('onEvent folds what is stored', [operation.name], state.message))
        return { epoch, points, entries, ofSending, ofId, problems }
      }
      const placed = { ...entry, place: points.length, answer: decided.answer(state) }
      problems.push(...problemsOf(placed, decided))
      if (ofSending.has(operation.number))
        problems.push(problem('once', [operation.name], `twice, again at revision ${commit.revision}`))
      points.push({ state, revision: commit.revision, sequenceNr: before.sequenceNr + entry.events.length })
      entries.push(placed)
      ofSending.set(operation.number, placed)
      const id = idOf(operation)
      if (id !== undefined) ofId.set(id, [...(ofId.get(id) ?? []), placed])
    }
  }
  return { epoch, points, entries, ofSending, ofId, problems }
}

/** The state after the events of an entry, or the error of folding them. */
export function fold(definition: AnyEntity, before: unknown, { events }: Entry): unknown {
  try {
    return events.reduce<unknown>(
      (state, event) => frozenJson(definition.onEvent(state, event), 'state'),
      before,
    )
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function problemsOf({ sent, revision, events, receipt, answer }: PlacedEntry, decided: Redecided): Problem[] {
  const { name } = sent.operation
  const silent = events.length === 0
  const same = silent
    ? decided.kind === 'rejected' || (decided.kind === 'persisted' && decided.events.length === 0)
    : decided.kind === 'persisted' && canonicalJson(decided.events) === canonicalJson(events)
  if (!same) {
    const detail = `revision ${revision} holds ${excerpt(events)}; decided again on the same state: ${decided.told()}`
    return [problem('decided on the state before it', [name], detail)]
  }
  if (receipt === undefined || answerOf(receipt.outcome) === answer) return []
  const detail = `revision ${revision} records ${answerOf(receipt.outcome)}, its place gives ${answer}`
  return [problem('the recorded answer is that of its place', [name], detail)]
}
