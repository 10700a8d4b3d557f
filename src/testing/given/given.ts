import { checkNames, checkOptions, type OptionNames } from '../../core/base/check-options.ts'
import type { NamedInput, NamedReply, TypedMessage } from '../../core/entity/message.ts'
import type { AnyEntity, EntityDefinition } from '../../core/entity/entity.ts'
import type { SchemasByName } from '../../core/entity/schema.ts'
import type { SentCommand } from '../../core/entity/schema-types.ts'
import { describeValue } from '../../core/base/describe-value.ts'
import type { EntityKey } from '../../core/base/entity-key.ts'
import type { Projection } from '../../views/projection/projection.ts'
import type { View } from '../../views/view.ts'
import { carryOut } from './carry-out.ts'
import { compare, compareRejected, compareUnhandled } from './compare.ts'
import { type GivenProjection, givenProjection, type GivenView, givenView } from './given-rows.ts'
import { type GivenOptions, optionChecks } from './options.ts'
import type { GivenEvent } from './projected-events.ts'
import type { CommandResult, Expectation } from './result.ts'

/** An entity with a past. May be used any number of times: each command starts from that past. */
export interface Given<State, Event, Command extends TypedMessage> {
  /**
   * Sends one command, without its `replyTo`. It is carried out once, when the first expectation asks for it.
   * One that the types forbid, as a request from outside may hold it, goes in `as never`.
   */
  when<Name extends Command['type']>(
    command: NamedInput<Command, Name>,
  ): When<State, Event, NamedReply<Command, Name>>
}

/**
 * A command and what is expected of it. Each expectation returns a promise to be awaited; it rejects with an
 * `AssertionError` that shows the difference, or with the `TailfoldError` when the entity failed.
 *
 * To await it bare expects nothing: the compiler refuses that, and where nothing is compiled it gives the result.
 */
export interface When<State, Event, Reply> {
  /** Carried out, with these events, this reply and this state; what is not named is not compared. `TypeError` when nothing is. */
  then(expectation: Expectation<State, Event, Reply>): Promise<void>
  /** Refused by `Behaviors.rejected` with this reason, and these details when they are given. */
  thenRejected(reason: string, details?: unknown): Promise<void>
  /** Not known to the entity: `Behaviors.unhandled`, or no behavior at all. */
  thenUnhandled(): Promise<void>
  /** What the command came to, to be looked at by other means. */
  result(): Promise<CommandResult<State, Event, Reply>>
}

/**
 * A projection that was given events, in this order: `given(turnover, [sold(30)]).row('2026-01-01')`. An event alone is one
 * of the entity `'one'`; `{ event, entityId, timestamp }` says more.
 */
export function given<Row extends object, Event>(
  definition: Projection<string, Row, string, Event>,
  events: readonly NoInfer<GivenEvent<Event>>[],
): GivenProjection<Row>
/** A view that was given a state: `given(balances, { balance: 70, txCount: 1 }).row()`. */
export function given<Row extends object, State>(
  definition: View<string, Row, string, State>,
  state: NoInfer<State>,
  entity?: Partial<EntityKey>,
): GivenView<Row>
/**
 * An entity with a past, to which a command can be sent:
 * `await given(account, [deposited(100)]).when({ type: 'Withdraw', amount: 70 }).then({ events: [withdrawn(70)] })`.
 * The real engine decides and folds, over a journal in memory; each event of the past is a commit of its own. No input
 * and output. Works in any test runner.
 */
export function given<
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName = SchemasByName,
>(
  definition: EntityDefinition<string, State, Event, Command, Commands>,
  events?: readonly NoInfer<Event>[],
  options?: GivenOptions,
): Given<State, Event, SentCommand<Command, Commands>>
export function given(
  definition: AnyEntity | Projection | View,
  first: unknown = [],
  second: unknown = {},
): unknown {
  if (typeof definition !== 'object' || definition === null)
    throw new TypeError(
      `given takes an entity, a projection or a view first, not ${describeValue(definition)}: given(account, [opened]).`,
    )
  if ('sources' in definition) {
    checkNames('given', second as object, keyNames)
    return givenView(definition, first, second as Partial<EntityKey>)
  }
  if ('initialRow' in definition) return givenProjection(definition, first as readonly unknown[])
  if (!Array.isArray(first))
    throw new TypeError(
      `given takes a list of events after the entity, not ${describeValue(first)}: given(account, [opened]).`,
    )
  const options = second as GivenOptions
  checkOptions('given', options, optionChecks)
  const past = [...(first as readonly TypedMessage[])]
  return {
    when(command: TypedMessage) {
      if (typeof command !== 'object' || command === null)
        throw new TypeError(`when takes a command with its name in type, not ${describeValue(command)}.`)
      const run = () => carryOut(definition, past, command, options)
      return expecting(command.type, run)
    },
  }
}

const keyNames: OptionNames<EntityKey> = {
  tenant: true,
  entityType: true,
  entityId: true,
}

function expecting<State, Event, Reply>(
  name: string,
  run: () => Promise<CommandResult<State, Event, Reply>>,
): When<State, Event, Reply> {
  let begun: Promise<CommandResult<State, Event, Reply>> | undefined
  const result = () => (begun ??= run())
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- `given … when … then`; `await` on it is provided for
    then(first: unknown, second?: unknown): Promise<never> {
      // Functions come from `await` and `Promise.resolve`, which take whatever has a `then` for a promise.
      if (typeof first === 'function' || typeof second === 'function') {
        return result().then(first as never, second as never)
      }
      return result().then((actual) => compare(name, actual, first)) as Promise<never>
    },
    thenRejected: (...expected: [reason: string, details?: unknown]) =>
      result().then((actual) => compareRejected(name, actual, expected)),
    thenUnhandled: () => result().then((actual) => compareUnhandled(name, actual)),
    result,
  }
}
