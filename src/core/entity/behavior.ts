import { type EntityDefinition, type TypedMessage, checkDefinition } from './entity.ts'
import { checkEntityId } from '../base/entity-key.ts'
import type { EventJournal } from '../journal/journal.ts'

/**
 * Where a message can be sent. In a command it is the address of the reply; the runtime supplies it.
 * Inside `onCommand`, what is told is held back until the commit is durable and dropped if the attempt is abandoned.
 * The first message is the reply; it is what a command id records.
 */
export interface ActorRef<Message> {
  tell(message: Message): void
}

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
  /** Written in this order, atomically. Empty means that nothing happened. */
  readonly events: readonly Event[]
  /** Builds the reply from the state after the events; takes the place of `replyTo.tell`. Called at every attempt. */
  reply?(newState: State): unknown
}

/** An entity bound to its id and journal: what `ActorSystem.spawn` takes. */
export interface EventSourcedBehavior<Command extends TypedMessage> {
  readonly kind: 'eventSourced'
  readonly definition: EntityDefinition<string, unknown, TypedMessage, Command>
  readonly entityId: string
  readonly journal: EventJournal
}

/** Arguments of {@link Behaviors.persisted}. */
export type PersistedOptions<Event, State> = Omit<Persisted<Event, State>, 'kind'>

/** Arguments of {@link Behaviors.eventSourced}: an entity definition, an id and a journal. */
export interface EventSourcedOptions<
  Type extends string,
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
> extends EntityDefinition<Type, State, Event, Command> {
  /** 1 to 512 bytes, no control characters: `'acc-001'`. */
  readonly entityId: string
  /** Where the entity's commits and snapshots live. */
  readonly journal: EventJournal
}

/** The decisions `onCommand` may return, and the binding of an entity to its journal. */
export const Behaviors: {
  /** Binds an entity to one id and a journal. Throws `invalid-id` or `TypeError` on a definition that cannot work. */
  eventSourced<Type extends string, State, Event extends TypedMessage, Command extends TypedMessage>(
    options: EventSourcedOptions<Type, State, Event, Command>,
  ): EventSourcedBehavior<Command>
  /** Write these events; reply once they are durable. */
  persisted<Event, State>(options: PersistedOptions<Event, State>): Persisted<Event, State>
  /** Nothing happened. For queries, and for commands that are already satisfied. Never recorded. */
  same(): { readonly kind: 'same' }
  /** This entity does not know the command: the caller gets `unhandled-command`. */
  unhandled(): { readonly kind: 'unhandled' }
  /** Nothing happened, and the entity leaves memory: an actor stops, a function drops its warm state. */
  stopped(): { readonly kind: 'stopped' }
  /**
   * A typed refusal: the caller gets `rejected` with this reason. With a command id it is recorded, so that a
   * repeated command is refused again even when the state has changed since.
   *
   * @param reason A stable text for people and programs: `'insufficient funds'`.
   * @param details Any JSON value: `{ balance: 5 }`.
   */
  rejected(
    reason: string,
    details?: unknown,
  ): { readonly kind: 'rejected'; readonly reason: string; readonly details: unknown }
} = {
  eventSourced(options) {
    const { entityId, journal, ...definition } = options
    checkEntityId(entityId)
    checkDefinition(definition)
    return { kind: 'eventSourced', definition, entityId, journal }
  },
  persisted: (options) => ({ ...options, kind: 'persisted' }),
  same: () => ({ kind: 'same' }),
  unhandled: () => ({ kind: 'unhandled' }),
  stopped: () => ({ kind: 'stopped' }),
  rejected: (reason, details) => ({ kind: 'rejected', reason, details }),
}
