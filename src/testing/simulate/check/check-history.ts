import { describeEntity } from '../../../core/base/entity-key.ts'
import type { AnyEntity } from '../../../core/entity/entity.ts'
import { targetOf } from '../callers.ts'
import type { History } from '../history.ts'
import { checkEntity } from './check-entity.ts'
import type { AnyInvariants } from './invariants.ts'
import type { Violation } from './violation.ts'

/**
 * Checks a history against the journal, which is the total order: a linear sweep is exact. What is checked: the journal
 * is dense; each command stands in it at most once, with the events that deciding it there gives; every answer is the
 * answer of its place, durable before it was given; answers without a place (queries, reads, rejections) fit a state
 * within their interval; nothing stands there that definitely failed; real-time order holds; stored states equal the
 * fold; ids are remembered as long as they must; the user's invariants hold.
 */
export async function checkHistory(
  definition: AnyEntity,
  history: History,
  invariants: AnyInvariants = {},
): Promise<readonly Violation[]> {
  const violations: Violation[] = []
  for (const record of history.entities) {
    const { tenant, entityId } = record.entity
    const name = describeEntity(record.entity)
    const own = history.invocations.filter(
      ({ operation }) => describeEntity(targetOf(definition.entityType, operation)) === name,
    )
    const problems = await checkEntity(definition, history.plan, record, own, invariants)
    violations.push(
      ...problems.map((found) => ({ ...(tenant !== undefined && { tenant }), entityId, ...found })),
    )
  }
  return violations
}
