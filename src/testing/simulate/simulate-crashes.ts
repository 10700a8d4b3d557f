import type { SchemasByName } from '../../core/entity/schema.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { drawPlan } from './draw-plan.ts'
import { prepareSimulation, type SimulateOptions } from './options.ts'
import { type FoundViolation, startTotals } from './report.ts'

/** What enumerating crashes found. */
export interface CrashReport {
  /** Histories run: one for each moment at which the process could crash. */
  readonly crashes: number
  readonly violations: readonly FoundViolation[]
}

/**
 * Crashes one process at each moment at which it waits for something, one history for each, and checks them all. The
 * other processes go on, so that they meet half-done work of the crashed one. A run that answers hardly any command, or writes
 * no event, is a violation too.
 */
export async function simulateCrashes<
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName = SchemasByName,
>(options: SimulateOptions<State, Event, Command, Commands>): Promise<CrashReport> {
  const { seed = 1, histories = 10, operations = 12, processes = 3, entities = 1 } = options
  const simulation = prepareSimulation(options)
  const totals = startTotals()
  const violations: FoundViolation[] = []
  let crashes = 0
  for (let index = 0; index < histories; index++) {
    const own = { seed: seed + index, operations, processes, entities }
    const plan = drawPlan({ ...simulation.planOptions, ...own })
    for (let wait = 1, crashed = true; crashed; wait++) {
      const crashing = { ...plan, timedFaults: [], crashAtWait: { process: 0, wait } }
      const { history, violations: found } = await simulation.run(crashing)
      totals.add(history)
      const [first] = found
      if (first !== undefined) violations.push({ ...first, seed: plan.seed, shrunk: crashing })
      crashed = history.crashed
      crashes += crashed ? 1 : 0
    }
  }
  return { crashes, violations: totals.report(seed, violations).violations }
}
