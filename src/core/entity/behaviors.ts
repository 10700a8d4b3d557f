import { checkOptionsObject } from '../base/describe-value.ts'
import { checkEntityId } from '../base/entity-key.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { checkJournal } from '../journal/check-journal.ts'
import type { Persisted, PersistedOptions } from './behavior.ts'
import { checkDefinition, type EntityDefinition, type EntityOptions } from './entity.ts'
import type { TypedMessage } from './message.ts'
import type { SchemasByName } from './schema.ts'
import type { CommandsBy, SentCommand } from './schema-types.ts'

/** An entity bound to its id and journal: what `ActorSystem.spawn` takes. `Command` is the commands as they are sent. */
export interface EventSourcedBehavior<Command extends TypedMessage> {
  readonly kind: 'eventSourced'
  readonly definition: EntityDefinition<string, unknown, TypedMessage, Command>
  readonly entityId: string
  readonly journal: Journal | EventJournal
}

/** Arguments of {@link Behaviors.eventSourced}: an entity definition, an id and a journal. */
export interface EventSourcedOptions<
  Type extends string,
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
> extends EntityDefinition<Type, State, Event, Command>,
    Binding {}

/** What binds a definition to one entity. */
export interface Binding {
  /** 1 to 512 bytes, no control characters: `'acc-001'`. */
  readonly entityId: string
  /** Where the entity's commits and snapshots live. One of four methods is adapted by `toJournal`. */
  readonly journal: Journal | EventJournal
}

/**
 * What a handler persists: the events it may return, where that is known. `Given` keeps the message for a wrong event short,
 * and at the event.
 */
type Decided<Event, Given> = [Given] extends [Event] ? Given : Event

/** What a handler may persist: a literal with a field that no event has is refused: it would be stored. */
type Persistable<Event, Given> = [Event] extends [{ readonly type: infer Names }]
  ? string extends Names
    ? Given
    : NoInfer<Event>
  : Given

/** The decisions `onCommand` may return, and the binding of an entity to its journal. */
export const Behaviors: {
  /** Binds an entity to one id and a journal. Throws `invalid-id` or `TypeError` on a definition that cannot work. */
  eventSourced<
    Type extends string,
    State,
    Event extends TypedMessage = never,
    Command extends TypedMessage = never,
    Commands extends SchemasByName = SchemasByName,
    View = State,
    Events extends SchemasByName = SchemasByName,
    Replies extends SchemasByName = SchemasByName,
    const Internal extends CommandsBy<Command, Commands, Replies>['type'] = CommandsBy<
      Command,
      Commands,
      Replies
    >['type'],
  >(
    options: EntityOptions<Type, State, Event, Command, Commands, View, Events, Replies, Internal> & Binding,
  ): EventSourcedBehavior<SentCommand<CommandsBy<Command, Commands, Replies>, Commands>>
  /** Write these events; reply once they are durable. */
  persisted<const Event, State, const Given extends Event = Event>(
    options: PersistedOptions<Persistable<Event, Given>, State>,
  ): Persisted<Decided<Event, Given>, State>
  /**
   * Nothing happened. For queries, and for commands that may be decided again. Never recorded, even under a command id:
   * to keep the answer of a no-op, return `persisted({ events: [] })`.
   */
  same(): { readonly kind: 'same' }
  /** This entity does not know the command: the caller gets `unhandled-command`. */
  unhandled(): { readonly kind: 'unhandled' }
  /** Nothing happened, and the entity leaves memory: an actor stops, a function drops its warm state. */
  stopped(): { readonly kind: 'stopped' }
  /**
   * A typed rejection: the caller gets `rejected` with this reason. Under a command id it is recorded, so that a
   * repeated command is rejected again even when the state has changed since.
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
    if (options === undefined)
      throw new TypeError('Behaviors.eventSourced needs an entity definition with entityId and journal.')
    checkOptionsObject('The options of Behaviors.eventSourced', options)
    const { entityId, journal, ...definition } = options
    checkEntityId(entityId)
    checkDefinition(definition)
    checkJournal(journal)
    return { kind: 'eventSourced', definition: definition as never, entityId, journal }
  },
  persisted: (options) => ({ ...options, kind: 'persisted' }),
  same: () => ({ kind: 'same' }),
  unhandled: () => ({ kind: 'unhandled' }),
  stopped: () => ({ kind: 'stopped' }),
  rejected: (reason, details) => ({ kind: 'rejected', reason, details }),
}
