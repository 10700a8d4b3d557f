import { checkOptionsObject } from '../base/describe-value.ts'
import { checkEntityId } from '../base/entity-key.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { checkJournal } from '../journal/check-journal.ts'
import type { Persisted, PersistedOptions } from './behavior.ts'
import { checkDefinition, type EntityDefinition } from './entity.ts'
import type { TypedMessage } from './message.ts'

/** An entity bound to its id and journal: what `ActorSystem.spawn` takes. */
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
> extends EntityDefinition<Type, State, Event, Command> {
  /** 1 to 512 bytes, no control characters: `'acc-001'`. */
  readonly entityId: string
  /** Where the entity's commits and snapshots live. One of four methods is adapted by `toJournal`. */
  readonly journal: Journal | EventJournal
}

/** The decisions `onCommand` may return, and the binding of an entity to its journal. */
export const Behaviors: {
  /** Binds an entity to one id and a journal. Throws `invalid-id` or `TypeError` on a definition that cannot work. */
  eventSourced<Type extends string, State, Event extends TypedMessage, Command extends TypedMessage>(
    options: EventSourcedOptions<Type, State, Event, Command>,
  ): EventSourcedBehavior<Command>
  /** Write these events; reply once they are durable. */
  persisted<Event, State>(options: PersistedOptions<Event, State>): Persisted<Event, State>
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
    return { kind: 'eventSourced', definition, entityId, journal }
  },
  persisted: (options) => ({ ...options, kind: 'persisted' }),
  same: () => ({ kind: 'same' }),
  unhandled: () => ({ kind: 'unhandled' }),
  stopped: () => ({ kind: 'stopped' }),
  rejected: (reason, details) => ({ kind: 'rejected', reason, details }),
}
