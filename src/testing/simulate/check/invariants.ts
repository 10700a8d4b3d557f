import { isThenable } from '../../../core/base/thenable.ts'
import type { Principal, TypedMessage } from '../../../core/entity/message.ts'
import type { Sweep } from './sweep.ts'
import { type Problem, problem } from './violation.ts'

/** What an invariant says: nothing or `true` where it holds; `false`, or a text that says why, where it does not. */
export type InvariantResult = boolean | string | void

/** What must hold of every entity, whatever happens. An invariant that throws does not hold. */
export interface Invariants<State, Event extends TypedMessage, Command> {
  /** Of the state, at the beginning and after every command. */
  readonly state?: ((state: State) => InvariantResult) | undefined
  /** Of all that happened to one entity. Called once for each entity of a history. */
  readonly history?: ((happened: EntityHistory<State, Event, Command>) => InvariantResult) | undefined
}

/** All that happened to one entity, as its journal has it. */
export interface EntityHistory<State, Event extends TypedMessage, Command> {
  readonly tenant: string | undefined
  readonly entityId: string
  readonly initialState: State
  readonly steps: ReadonlyArray<EntityStep<State, Event, Command>>
}

/** One command that was written: with its events, or, of a rejection or no-op with a command id, without any. */
export interface EntityStep<State, Event extends TypedMessage, Command> {
  readonly command: Command
  readonly commandId: string | undefined
  readonly principal: Principal | undefined
  readonly revision: number
  /** By the clock of its writer, in milliseconds since the Unix epoch. */
  readonly timestamp: number
  readonly events: readonly Event[]
  /** After the events. */
  readonly state: State
}

/** Invariants whose types do not matter to the holder. */
export type AnyInvariants = Invariants<unknown, TypedMessage, TypedMessage>

/** What does not hold of a journal. */
export function checkInvariants(
  { state: ofState, history: ofHistory }: AnyInvariants,
  target: { readonly tenant: string | undefined; readonly entityId: string },
  { points, entries }: Sweep,
): Problem[] {
  const problems: Problem[] = []
  if (ofState !== undefined) {
    const place = points.findIndex(({ state }) => whyNot(() => ofState(state)) !== undefined)
    const point = points[place]
    const name = entries[place - 1]?.sent.operation.name
    if (point !== undefined) {
      const why = whyNot(() => ofState(point.state)) ?? ''
      problems.push(
        problem(
          'invariant(state)',
          name === undefined ? [] : [name],
          `at revision ${point.revision}: ${why}`,
        ),
      )
    }
  }
  if (ofHistory === undefined) return problems
  const steps = entries.map(({ sent, revision, timestamp, events, place }) => {
    const { commandId, principal, command } = sent.operation
    const state = points[place]?.state
    return { command: sent.parsed ?? command, commandId, principal, revision, timestamp, events, state }
  })
  const why = whyNot(() => ofHistory({ ...target, initialState: points[0]?.state, steps }))
  return why === undefined ? problems : [...problems, problem('invariant(history)', [], why)]
}

function whyNot(invariant: () => InvariantResult): string | undefined {
  try {
    const result: unknown = invariant()
    if (result === undefined || result === true) return undefined
    if (!isThenable(result)) return typeof result === 'string' ? result : 'it does not hold'
    // It may reject, and nobody else handles that.
    Promise.resolve(result).catch(() => undefined)
    return 'it returns a promise: an invariant must answer at once'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
