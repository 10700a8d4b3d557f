import type { Metadata } from '../../core/base/metadata.ts'

/** What a command came to: what `result()` of the test kit gives. */
export type CommandResult<State, Event, Reply> = Written<State, Event> &
  (
    | { readonly kind: 'replied' /** `undefined` when there was none. */; readonly reply: Reply }
    | { readonly kind: 'rejected'; readonly reason: string; readonly details: unknown }
    | { readonly kind: 'unhandled' }
  )

interface Written<State, Event> {
  /** The events it wrote. */
  readonly events: readonly Event[]
  /** What is kept with them, of the caller and the handler; `undefined` for none. */
  readonly metadata: Metadata | undefined
  /** The state afterwards, as a replay of all events gives it. */
  readonly state: State
}

/** What a command that is carried out is expected to come to. At least one of them. */
export interface Expectation<State, Event, Reply> {
  /** All it writes, in order; `[]` for a command that writes nothing. */
  readonly events?: readonly Event[]
  /** All that is kept with the events; `undefined` for none. */
  readonly metadata?: Metadata | undefined
  /** `undefined` for a command that is not answered. */
  readonly reply?: Reply
  /** All of it, afterwards. */
  readonly state?: State
}
