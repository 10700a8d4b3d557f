import type { Metadata } from '../base/metadata.ts'

/** What `onCommand` decided: one of the values made by {@link Behaviors}. */
export type Behavior<Event, State> =
  | Persisted<Event, State>
  | { readonly kind: 'same' }
  | { readonly kind: 'unhandled' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'rejected'; readonly reason: string; readonly details: unknown }

/** Events to be written as one commit, and the reply built from the state after them. */
export interface Persisted<Event, State> {
  readonly kind: 'persisted'
  /**
   * Written in this order, atomically. Empty: nothing happened, and the answer must stand. Under a command id it is then
   * recorded, in a commit without events.
   */
  readonly events: readonly Event[]
  /**
   * Kept with the events, over fields of the same name in the `metadata` of `execute`: consumers get it in `meta`, readers in
   * the audit trail. At most 1,024 characters of JSON.
   */
  readonly metadata?: Metadata | undefined
  /** Builds the reply from the state after the events; takes the place of `replyTo.tell`. Called at every attempt. */
  reply?(newState: State): unknown
}

/** Arguments of {@link Behaviors.persisted}. */
export type PersistedOptions<Event, State> = Omit<Persisted<Event, State>, 'kind'>
