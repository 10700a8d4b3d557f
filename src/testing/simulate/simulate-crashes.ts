import type { SchemasByName } from '../../core/entity/schema.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { drawPlan } from './draw-plan.ts'
import { prepareSimulation, type SimulateOptions } from './options.ts'
import { type FoundViolation, startTotals } from './report.ts'

/** What enumerating crashes found. */
export interface CrashReport {
  /** Histories in which the process crashed: one for each moment at which it could. */
  readonly crashes: number
  readonly violations: readonly FoundViolation[]
}

/**
 * Crashes one process at each moment at which it waits for something, one history for each, and checks them all. The
 * other processes go on, so that they meet half-done work of the crashed one. A run that answers hardly any command where
 * nothing crashes, writes no event, or crashes no process is a violation too.
 */
export async function simulateCrashes<
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName = SchemasByName,
>(options: SimulateOptions<State, Event, Command, Commands>): Promise<CrashReport> {
  const simulation = prepareSimulation('simulateCrashes', options)
  const { seed = 1, histories = 10, stopAtViolation = true } = options
  const { operations = 12, processes = 3, entities = 1 } = options
  const totals = startTotals()
  const violations: FoundViolation[] = []
  let crashes = 0
  const isOver = () => stopAtViolation && violations.length > 0
  for (let index = 0; index < histories && !isOver(); index++) {
    const own = { seed: seed + index, operations, processes, entities }
    const plan = drawPlan({ ...simulation.planOptions, ...own })
    for (let wait = 1, crashed = true; crashed && !isOver(); wait++) {
      const crashing = { ...plan, timedFaults: [], crashAtWait: { process: 0, wait } }
      const { history, violations: found } = await simulation.run(crashing)
      const [first] = found
      if (first !== undefined) violations.push({ ...first, seed: plan.seed, shrunk: crashing })
      crashed = history.crashed
      if (crashed) crashes += 1
      // The last run of a plan is the one that nothing crashes: commands that die with their process prove nothing.
      else totals.add(history)
    }
  }
  const { violations: all } = totals.report(seed, violations)
  return { crashes, violations: all.length === 0 && crashes === 0 ? [noCrash(seed)] : all }
}

function noCrash(seed: number): FoundViolation {
  const detail =
    'none did: the process that was to crash waited for nothing. Raise operations or histories, or lower processes.'
  return { rule: 'processes crash', entityId: '', operations: [], detail, seed, shrunk: undefined }
}
