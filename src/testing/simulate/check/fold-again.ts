import { canonicalJson } from '../../../core/base/json.ts'
import type { AnyEntity } from '../../../core/entity/entity.ts'
import { excerpt } from './decide-again.ts'
import { fold, type Sweep } from './sweep.ts'
import { type Problem, problem } from './violation.ts'

/**
 * Folds the same events a second time. For journals in which something else is wrong already: an `onEvent` that gives
 * another state each time breaks any rule there is, and none of them would name it.
 */
export function foldAgain(definition: AnyEntity, { entries, points }: Sweep): Problem[] {
  for (const entry of entries) {
    const { place, revision, sent } = entry
    const once = points[place]?.state
    const again = fold(definition, points[place - 1]?.state, entry)
    if (canonicalJson(again) === canonicalJson(once)) continue
    const detail = `revision ${revision}: folded once ${excerpt(once)}, again ${excerpt(again)}`
    return [problem('onEvent folds by its arguments alone', [sent.operation.name], detail)]
  }
  return []
}
