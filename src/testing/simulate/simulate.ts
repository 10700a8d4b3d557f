import type { SchemasByName } from '../../core/entity/schema.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { drawPlan } from './draw-plan.ts'
import { prepareSimulation, type SimulateOptions } from './options.ts'
import type { Plan } from './plan.ts'
import { type FoundViolation, type SimulationReport, startTotals } from './report.ts'
import { shrinkPlan } from './shrink.ts'

/** Histories under way at once: they share turns of the event loop. More of them would be more memory in use. */
const concurrency = 2

/**
 * Runs histories of commands under faults, each decided by its seed alone, and checks every one of them: exactly once,
 * linearizable, durable. Time is virtual, so an hour of waiting costs nothing. A run that answers hardly any command, or
 * writes no event, is a violation too.
 */
export async function simulate<
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName = SchemasByName,
>(options: SimulateOptions<State, Event, Command, Commands>): Promise<SimulationReport> {
  const simulation = prepareSimulation('simulate', options)
  const { seed = 1, histories = 1_000, stopAtViolation = true } = options
  const { operations = 40, processes = 5, entities = 2 } = options
  const totals = startTotals()
  const violations: Array<FoundViolation & { readonly shrunk: Plan }> = []
  let begun = 0

  async function worker(): Promise<void> {
    while (begun < histories && !(stopAtViolation && violations.length > 0)) {
      const plan = drawPlan({
        ...simulation.planOptions,
        seed: seed + begun++,
        operations,
        processes,
        entities,
      })
      const { history, violations: found } = await simulation.run(plan)
      totals.add(history)
      const [first] = found
      if (first !== undefined) violations.push({ ...first, seed: plan.seed, shrunk: plan })
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, histories) }, worker))

  const [first, ...others] = violations.toSorted((a, b) => a.seed - b.seed)
  if (first === undefined) return totals.report(seed, [])
  const shrunk = await shrinkPlan(simulation, first.shrunk, first)
  return totals.report(seed, [{ ...first, ...shrunk }, ...(stopAtViolation ? [] : others)])
}
