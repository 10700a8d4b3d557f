import { explain } from '../explain.ts'
import type { Violation } from './check/violation.ts'
import { type ClassCounts, type FaultClass, sumCounts } from './classes.ts'
import { type History, isCommand } from './history.ts'
import type { Plan } from './plan.ts'

/** What came of a simulation. */
export interface SimulationReport {
  readonly seed: number
  readonly histories: number
  /** Requests sent: commands, repeats and reads. */
  readonly operations: number
  /** Commands among them, repeats included. */
  readonly commands: number
  /** Commands that were answered, rejections included. */
  readonly answered: number
  /** Events written. */
  readonly events: number
  /** How often each class of faults and circumstances occurred. */
  readonly faults: ClassCounts
  /** Why commands were not answered, the most frequent first. */
  readonly unanswered: readonly UnansweredCommands[]
  readonly violations: readonly FoundViolation[]
}

/** Commands of one type that ended with one error code. */
export interface UnansweredCommands {
  readonly command: string
  /** The error code; `'crashed'` where the process was gone. */
  readonly code: string
  readonly count: number
  /** The message of one of them, with the error behind it and the issues of a schema. */
  readonly message: string
}

/** A broken promise, and the smallest plan found that breaks it. */
export interface FoundViolation extends Violation {
  /** Simulate with this seed and one history to see it again. */
  readonly seed: number
  /** `undefined` where the whole run is at fault. */
  readonly shrunk: Plan | undefined
}

/** Adds up histories. */
export interface Totals {
  add(history: History): void
  report(seed: number, violations: readonly FoundViolation[]): SimulationReport
}

/** At least so many of all commands are answered in a run that proves something. */
const leastAnswered = 0.3
const reasonsTold = 8

/** Starts with no history. */
export function startTotals(): Totals {
  const counts: Array<ReadonlyMap<FaultClass, number>> = []
  const reasons = new Map<string, UnansweredCommands>()
  const total = { histories: 0, operations: 0, commands: 0, answered: 0, events: 0 }
  return {
    add({ invocations, entities, counts: struck }) {
      counts.push(struck)
      total.histories += 1
      total.operations += invocations.length
      for (const { epochs } of entities)
        for (const { events } of epochs.at(-1)?.commits ?? []) total.events += events.length
      for (const { operation, result } of invocations.filter(isCommand)) {
        total.commands += 1
        if (result !== undefined && result.kind !== 'error') total.answered += 1
        else
          countReason(
            reasons,
            operation.command.type,
            result?.error.code ?? 'crashed',
            result === undefined ? '' : explain(result.error),
          )
      }
    },
    report(seed, violations) {
      const unanswered = [...reasons.values()].toSorted((a, b) => b.count - a.count).slice(0, reasonsTold)
      const report = { seed, ...total, faults: sumCounts(counts), unanswered, violations }
      return violations.length > 0 ? report : { ...report, violations: vainRun(report) }
    },
  }
}

function countReason(
  reasons: Map<string, UnansweredCommands>,
  command: string,
  code: string,
  message: string,
): void {
  const name = `${code} ${command}`
  const known = reasons.get(name) ?? { command, code, count: 0, message }
  reasons.set(name, { ...known, count: known.count + 1 })
}

/** A run in which hardly anything happened proves nothing, however green it is. */
function vainRun(report: SimulationReport): FoundViolation[] {
  const { seed, commands, answered, events, unanswered } = report
  const vain = (rule: string, detail: string) => [
    { rule, entityId: '', operations: [], detail, seed, shrunk: undefined },
  ]
  if (answered < leastAnswered * commands) {
    const why = unanswered.map(
      ({ code, command, count, message }) => `${count} x ${code} (${command}): ${message}`,
    )
    return vain(
      'at least 30 % of the commands are answered',
      `${answered} of ${commands} were. The others: ${why.join('; ')}`,
    )
  }
  if (events === 0)
    return vain(
      'commands write events',
      `${answered} commands were answered, none wrote an event. Raise operations or histories, or draw commands that write.`,
    )
  return []
}
