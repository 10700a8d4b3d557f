import { canonicalJson } from '../../../core/base/json.ts'
import type { AnyEntity } from '../../../core/entity/entity.ts'
import type { EntityRecord } from '../history.ts'
import { stateOf, versionOf } from '../instrument.ts'
import { excerpt } from './decide-again.ts'
import type { Sweep } from './sweep.ts'
import { type Problem, problem } from './violation.ts'

/** States that ride in commits, the snapshot, and what a reader sees in the end all equal the fold. */
export function checkStates(
  definition: AnyEntity,
  { states, final, epochs }: EntityRecord,
  { points }: Sweep,
): Problem[] {
  const problems: Problem[] = []
  const check = (what: string, revision: number, state: unknown) => {
    const point = points.findLast((candidate) => candidate.revision === revision)
    if (point === undefined || canonicalJson(point.state) !== canonicalJson(state))
      problems.push(
        problem(
          'a stored state equals the fold',
          [],
          `${what} at revision ${revision} is ${excerpt(state)}; the events, folded again, give ${excerpt(point?.state)}`,
        ),
      )
  }
  for (const { where, revision, schemaVersion, state } of states) {
    // A snapshot of what a restore undid may still have been on its way; readers know it by its hash.
    if (where === 'snapshot' && epochs.length > 1) continue
    check(where, revision, stateOf(state, schemaVersion !== versionOf(definition)))
  }
  check('final state', final.revision, final.state)
  if (final.revision !== (points.at(-1)?.revision ?? 0))
    problems.push(problem('a reader sees the head', [], `it saw revision ${final.revision}`))
  return problems
}
