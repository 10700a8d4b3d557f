import {
  aFunction,
  anything,
  type Checks,
  checkOptions,
  checkValues,
  trueOrFalse,
  wholeNumber,
} from '../../core/base/check-options.ts'
import { describeValue } from '../../core/base/describe-value.ts'
import { canonicalJson } from '../../core/base/json.ts'
import type { AnyEntity, EntityDefinition } from '../../core/entity/entity.ts'
import type { CommandInput, Principal, TypedMessage } from '../../core/entity/message.ts'
import type { SchemasByName } from '../../core/entity/schema.ts'
import type { SentCommand } from '../../core/entity/schema-types.ts'
import type { Store } from '../../journal/store.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import { checkHistory } from './check/check-history.ts'
import type { AnyInvariants, Invariants } from './check/invariants.ts'
import type { Violation } from './check/violation.ts'
import { seededRandom } from '../virtual-platform.ts'
import { type FaultClass, faultClasses } from './classes.ts'
import type { History } from './history.ts'
import type { Plan } from './plan.ts'
import { runHistory } from './run-history.ts'
import type { PlanOptions } from './setting.ts'

/** A command without its `replyTo`. `type` is named for its own sake: so its text is not taken for any text. */
export type DrawnCommand<Command extends TypedMessage> = NoInfer<CommandInput<Command>> & {
  readonly type: Command['type']
}

/** What to simulate. */
export interface SimulateOptions<
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName = SchemasByName,
> {
  /**
   * The entity under test, as it is: schemas included. Its `onCommand` must decide by its arguments alone, `ctx.now`
   * among them, and not by `ctx.attempt`.
   */
  readonly entity: EntityDefinition<string, State, Event, Command, Commands>
  /** Draws a command as callers send it, without `replyTo`, by the randomness given. Should succeed more often than not. */
  readonly command: (random: () => number) => DrawnCommand<SentCommand<Command, Commands>>
  /** Draws a command whose event exceeds `simulatedRecordBytes`. Default: none are sent. */
  readonly oversized?: ((random: () => number) => DrawnCommand<SentCommand<Command, Commands>>) | undefined
  /** What must hold of every state and every history, whatever happens. Default: the promises alone. */
  readonly invariant?: Invariants<NoInfer<State>, NoInfer<Event>, NoInfer<CommandInput<Command>>> | undefined
  /** Who sends the commands. Default: nobody known in most histories; in the others one of `ann` and `bob`, or nobody. */
  readonly principals?: readonly Principal[] | undefined
  /**
   * Opens an empty store, one for each history, each restore, and one to see what it offers: in this process, without
   * timers, input or output. Default: in memory.
   * Records are limited to `simulatedRecordBytes`. Leave out `'restore'` unless its `append` compares `previousHash`.
   */
  readonly store?: (() => Store) | undefined
  /** Classes of faults to leave out. Default: none. */
  readonly without?: readonly FaultClass[] | undefined
  /** The first history's seed; the others count up from it. Default 1. */
  readonly seed?: number
  /** Default 1,000; of `simulateCrashes` 10, each run once for each moment of a crash. */
  readonly histories?: number
  /** Requests in a history, repeats and reads included. Default 40; of `simulateCrashes` 12. */
  readonly operations?: number
  /** Processes that share nothing but the store. Default 5; of `simulateCrashes` 3. */
  readonly processes?: number
  /** Entities the requests go to. Default 2; of `simulateCrashes` 1. */
  readonly entities?: number
  /** Stop at the first violation. Default true. */
  readonly stopAtViolation?: boolean
}

/** A simulation made ready: draws plans, runs them and checks what they leave. */
export interface Simulation {
  readonly planOptions: Omit<PlanOptions, 'seed' | 'operations' | 'processes' | 'entities'>
  run(plan: Plan): Promise<{ readonly history: History; readonly violations: readonly Violation[] }>
}

/**
 * Throws `TypeError` on options that cannot work.
 *
 * @param of What takes the options: `'simulate'`.
 */
export function prepareSimulation<
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName,
>(of: string, options: SimulateOptions<State, Event, Command, Commands>): Simulation {
  checkSimulateOptions(of, options as unknown as AnyOptions)
  const { principals, without = [], store = memoryStore } = options
  const command = checkedDraw('command', options.command)
  const oversized = options.oversized && checkedDraw('oversized', options.oversized)
  checkSeeded(command, options.seed ?? 1)
  const definition = options.entity as unknown as AnyEntity
  const invariants = (options.invariant ?? {}) as AnyInvariants
  const findsCommandIds = store().findCommandId !== undefined
  return {
    planOptions: { command, oversized, principals, findsCommandIds, without: new Set(without) },
    async run(plan) {
      const history = await runHistory(definition, plan, store)
      return { history, violations: await checkHistory(definition, history, invariants) }
    },
  }
}

type AnyOptions = SimulateOptions<unknown, TypedMessage, TypedMessage>
type AnyDraw = (random: () => number) => TypedMessage

const checks: Checks<AnyOptions> = {
  entity: ['what entity() returns', (value) => typeof (value as AnyEntity | null)?.onCommand === 'function'],
  command: ['a function that draws a command', (value) => typeof value === 'function'],
  oversized: aFunction,
  invariant: anything,
  principals: ['a list of principals', Array.isArray],
  store: aFunction,
  without: ['a list of classes of faults', Array.isArray],
  seed: wholeNumber(0),
  histories: wholeNumber(1),
  operations: wholeNumber(1),
  processes: wholeNumber(1),
  entities: wholeNumber(1),
  stopAtViolation: trueOrFalse,
}

const invariantChecks: Checks<AnyInvariants> = { state: aFunction, history: aFunction }

function checkSimulateOptions(of: string, options: AnyOptions): void {
  checkOptions(of, options, checks)
  // These two have no default: `null` fails their checks, where `undefined` would pass.
  const { entity = null, command = null } = options as Partial<AnyOptions>
  checkValues({ entity, command } as unknown as AnyOptions, checks)
  checkOptions('invariant', options.invariant ?? {}, invariantChecks, 'invariant.')
  for (const name of options.without ?? [])
    if (!faultClasses.includes(name))
      throw new TypeError(
        `without has no class ${describeValue(name)}; there are ${faultClasses.join(', ')}.`,
      )
}

/** What is drawn is a command: anything else would fail far from here. */
function checkedDraw(name: string, draw: AnyDraw): AnyDraw {
  return (random) => {
    const drawn: unknown = draw(random)
    if (typeof (drawn as TypedMessage | null | undefined)?.type === 'string') return drawn as TypedMessage
    throw new TypeError(`${name} must return a command with its name in type, not ${describeValue(drawn)}.`)
  }
}

const drawsCompared = 50

/** A seed could not run a history again if commands were drawn by anything else. */
function checkSeeded(command: AnyDraw, seed: number): void {
  const draws = () => {
    const random = seededRandom(seed)
    return canonicalJson(Array.from({ length: drawsCompared }, () => command(random)))
  }
  if (draws() === draws()) return
  throw new TypeError(
    'command must draw by the randomness that it is given, and by nothing else: the same randomness gave other commands.',
  )
}
