import type { CommandCost, Cost } from '../core/base/cost.ts'

/** An upper limit; what is not named is not limited. */
export type CostLimit = Partial<Cost & Pick<CommandCost, 'attempts'>>

/**
 * Holds a command to a budget: `await expectCost(engine.execute(…)).toBeAtMost({ requests: 2, writeUnits: 1 })`.
 * The engine must be made with `costs: true`. Rejects with an Error that names every excess. Works in any test runner.
 */
export function expectCost(outcome: Promise<{ readonly cost?: CommandCost }>): {
  toBeAtMost(limit: CostLimit): Promise<CommandCost>
} {
  return {
    async toBeAtMost(limit) {
      const { cost } = await outcome
      if (cost === undefined) throw new TypeError('expectCost needs an engine made with { costs: true }.')
      const excess = (Object.keys(limit) as (keyof CostLimit)[])
        .filter((name) => cost[name] > (limit[name] ?? Number.POSITIVE_INFINITY))
        .map((name) => `${name}: ${cost[name]}, expected at most ${limit[name]}`)
      if (excess.length > 0) throw new Error(`The command cost more than its budget. ${excess.join('; ')}.`)
      return cost
    },
  }
}
