import type { AnyEntity } from '../../../src/core/entity/entity.ts'
import { drawPlan } from '../../../src/testing/simulate/draw-plan.ts'
import type { Plan } from '../../../src/testing/simulate/plan.ts'
import { bankSimulation } from './bank.ts'

export const bankDefinition = bankSimulation.entity as unknown as AnyEntity

/** A plan for one entity in which nothing goes wrong. */
export function calmPlan(seed: number): Plan {
  const plan = drawPlan({
    seed,
    operations: 40,
    processes: 3,
    entities: 1,
    command: bankSimulation.command,
    oversized: undefined,
    principals: undefined,
    findsCommandIds: true,
    without: new Set(['tenants', 'four-method-journal', 'other-principal', 'dropped-id']),
  })
  return { ...plan, storeFaults: [], timedFaults: [] }
}
