import { type Checks, checkOptions } from '../core/base/check-options.ts'
import type { CommandCost, Cost } from '../core/base/cost.ts'

/** An upper limit; what is not named is not limited. */
export type CostLimit = Partial<Cost & Pick<CommandCost, 'attempts'>>

const amount: Checks<CostLimit>['requests'] = [
  'a number from 0 on',
  (value) => typeof value === 'number' && value >= 0,
]
const checks: Checks<CostLimit> = {
  requests: amount,
  readUnits: amount,
  writeUnits: amount,
  attempts: amount,
}

/**
 * Holds a command to a budget: `await expectCost(engine.execute(…)).toBeAtMost({ requests: 2, writeUnits: 1 })`.
 * The engine must be made with `costs: true`. Rejects with a `TypeError` on a limit that limits nothing, and with an `Error` that
 * names every excess. Works in any test runner.
 */
export function expectCost(outcome: Promise<{ readonly cost?: CommandCost }>): {
  toBeAtMost(limit: CostLimit): Promise<CommandCost>
} {
  return {
    async toBeAtMost(limit) {
      // First: a command that fails would otherwise reject with nobody waiting for it.
      const { cost } = await outcome
      checkOptions('toBeAtMost', limit, checks)
      if (Object.values(limit).every((most) => most === undefined))
        throw new TypeError('toBeAtMost needs at least one limit.')
      if (cost === undefined) throw new TypeError('expectCost needs an engine made with { costs: true }.')
      const excess = (Object.keys(limit) as (keyof CostLimit)[])
        .filter((name) => cost[name] > (limit[name] ?? Infinity))
        .map((name) => `${name}: ${cost[name]}, expected at most ${limit[name]}`)
      if (excess.length > 0) throw new Error(`The command cost more than its budget. ${excess.join('; ')}.`)
      return cost
    },
  }
}
