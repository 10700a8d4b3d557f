import type { Violation } from './check/violation.ts'
import type { Simulation } from './options.ts'
import type { Plan } from './plan.ts'

/** A smaller plan that still breaks the same rule, and how. Drops what it can, within a bound. */
export async function shrinkPlan(
  { run }: Simulation,
  plan: Plan,
  violation: Violation,
): Promise<Violation & { readonly shrunk: Plan }> {
  let smallest = { ...violation, shrunk: plan }
  let triesLeft = 600

  async function attempt(candidate: Plan): Promise<boolean> {
    if (triesLeft-- <= 0) return false
    const { violations } = await run(candidate)
    const same = violations.find(({ rule }) => rule === violation.rule)
    if (same !== undefined) smallest = { ...same, shrunk: candidate }
    return same !== undefined
  }

  for (const part of ['operations', 'storeFaults', 'timedFaults'] as const) {
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
  for (const simpler of simplifications) await attempt({ ...smallest.shrunk, ...simpler(smallest.shrunk) })
  return smallest
}

const simplifications: ReadonlyArray<(plan: Plan) => Partial<Plan>> = [
  ({ configurations }) => ({ configurations: configurations.slice(0, 1) }),
  ({ clockOffsetsMs }) => ({ clockOffsetsMs: clockOffsetsMs.map(() => 0) }),
  () => ({ mutatingHandlers: false, handlerMs: 0 }),
  () => ({ dedupe: 'window' }),
  () => ({ journal: 'store' }),
  () => ({ limits: { billedBytes: 1_024, maxCommandIds: 99 } }),
]
