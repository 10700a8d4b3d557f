import type { AnyEntity } from '../../core/entity/entity.ts'
import { checkHistory, type Violation } from './check.ts'
import { runHistory } from './history.ts'
import type { Plan } from './plan.ts'

/** A smaller plan that still breaks the same rule, and how. Drops operations and faults while it does; bounded. */
export async function shrinkPlan(
  definition: AnyEntity,
  plan: Plan,
  violation: Violation,
): Promise<Violation & { readonly shrunk: Plan }> {
  let smallest = { ...violation, shrunk: plan }
  let triesLeft = 600

  async function attempt(candidate: Plan): Promise<boolean> {
    if (triesLeft-- <= 0) return false
    const found = await checkHistory(definition, await runHistory(definition, candidate))
    const same = found.find(({ rule }) => rule === violation.rule)
    if (same !== undefined) smallest = { ...same, shrunk: candidate }
    return same !== undefined
  }

  for (const part of ['operations', 'storeFaults', 'processFaults'] as const) {
    for (
      let size = Math.ceil(smallest.shrunk[part].length / 2);
      size >= 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let start = 0; start < smallest.shrunk[part].length && triesLeft > 0; ) {
        const kept = [...smallest.shrunk[part].slice(0, start), ...smallest.shrunk[part].slice(start + size)]
        if (!(await attempt({ ...smallest.shrunk, [part]: kept }))) start += size
      }
    }
  }
  return smallest
}
