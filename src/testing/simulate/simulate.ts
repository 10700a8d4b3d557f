import type { AnyEntity, EntityDefinition } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { checkHistory, type Violation } from './check.ts'
import { type History, runHistory } from './history.ts'
import { callerFaults, drawPlan, type FaultClass, type Plan, processFaults, storeFaults } from './plan.ts'
import { shrinkPlan } from './shrink.ts'

/** What to simulate. */
export interface SimulateOptions<State, Event extends TypedMessage, Command extends TypedMessage> {
  /** The entity under test. Its `onCommand` must decide by state and command alone, apart from `ctx.now` in events. */
  readonly entity: EntityDefinition<string, State, Event, Command>
  /** Draws a command, without `replyTo`, by the randomness given. Should succeed more often than not. */
  readonly command: (random: () => number) => TypedMessage
  /** Draws a command whose event exceeds `simulatedRecordBytes`. Default: none are sent. */
  readonly oversized?: (random: () => number) => TypedMessage
  /** The first history's seed; the others count up from it. Default 1. */
  readonly seed?: number
  /** Default 1,000. */
  readonly histories?: number
  /** Commands in a history, repeats included. Default 40. */
  readonly operations?: number
  /** Processes that share nothing but the store. Default 5. */
  readonly processes?: number
  /** Entities the commands go to. Default 2. */
  readonly entities?: number
  /** Stop at the first violation. Default true. */
  readonly stopAtViolation?: boolean
}

/** What came of it. */
export interface SimulationReport {
  readonly seed: number
  readonly histories: number
  readonly operations: number
  /** Commands that were answered, refusals included. */
  readonly answered: number
  /** How often each fault struck. */
  readonly faults: Readonly<Record<FaultClass, number>>
  readonly violations: readonly FoundViolation[]
}

/** A broken promise, and the smallest plan found that breaks it. */
export interface FoundViolation extends Violation {
  /** Simulate with this seed and one history to see it again. */
  readonly seed: number
  readonly shrunk: Plan
}

/** Histories under way at once: their timers share turns of the event loop. */
const concurrency = 16

/**
 * Runs histories of commands under faults, each decided by its seed alone, and checks every one of them: exactly once,
 * linearizable, durable. Time is virtual, so an hour of waiting costs nothing.
 */
export async function simulate<State, Event extends TypedMessage, Command extends TypedMessage>(
  options: SimulateOptions<State, Event, Command>,
): Promise<SimulationReport> {
  const {
    seed = 1,
    histories = 1_000,
    operations = 40,
    processes = 5,
    entities = 2,
    stopAtViolation = true,
  } = options
  const definition = options.entity as unknown as AnyEntity
  const { command, oversized } = options
  const faults = new Map<FaultClass, number>()
  const violations: FoundViolation[] = []
  let run = 0
  let answered = 0
  let sent = 0

  async function worker(): Promise<void> {
    while (run < histories && !(stopAtViolation && violations.length > 0)) {
      const plan = drawPlan({ seed: seed + run++, operations, processes, entities, command, oversized })
      const history = await runHistory(definition, plan)
      const found = await checkHistory(definition, history)
      sent += history.invocations.length
      answered += countAnswered(history)
      for (const [fault, count] of history.fired) faults.set(fault, (faults.get(fault) ?? 0) + count)
      const [first] = found
      if (first !== undefined) violations.push({ ...first, seed: plan.seed, shrunk: plan })
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, histories) }, worker))

  const [worst] = violations
  if (worst !== undefined)
    violations[0] = { ...worst, ...(await shrinkPlan(definition, worst.shrunk, worst)) }
  const all = [...storeFaults, ...processFaults, ...callerFaults]
  const counts = Object.fromEntries(all.map((fault) => [fault, faults.get(fault) ?? 0])) as Record<
    FaultClass,
    number
  >
  return { seed, histories: run, operations: sent, answered, faults: counts, violations }
}

/** What enumerating crashes found. */
export interface CrashReport {
  /** Histories run: one for each moment at which the process could crash. */
  readonly crashes: number
  readonly violations: readonly FoundViolation[]
}

/**
 * Crashes one process at each moment at which it waits for something, one history for each, and checks them all. The
 * other processes go on, so that half-done work of the crashed one is met by somebody.
 */
export async function simulateCrashes<State, Event extends TypedMessage, Command extends TypedMessage>(
  options: SimulateOptions<State, Event, Command>,
): Promise<CrashReport> {
  const { seed = 1, histories = 10, operations = 12, processes = 3, entities = 1 } = options
  const definition = options.entity as unknown as AnyEntity
  const { command, oversized } = options
  const violations: FoundViolation[] = []
  let crashes = 0
  for (let index = 0; index < histories; index++) {
    const plan = drawPlan({ seed: seed + index, operations, processes, entities, command, oversized })
    for (let wait = 1, crashed = true; crashed; wait++) {
      const crashing = { ...plan, processFaults: [], crashAtWait: { process: 0, wait } }
      const history = await runHistory(definition, crashing)
      const [first] = await checkHistory(definition, history)
      if (first !== undefined) violations.push({ ...first, seed: plan.seed, shrunk: crashing })
      crashed = history.crashed
      crashes += crashed ? 1 : 0
    }
  }
  return { crashes, violations }
}

function countAnswered({ invocations }: History): number {
  return invocations.filter(({ result }) => result !== undefined && result.kind !== 'error').length
}
