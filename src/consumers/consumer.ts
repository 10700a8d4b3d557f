import { checkNames, type OptionNames } from '../core/base/check-options.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import { isPlainObject } from '../core/base/json.ts'
import type { EntityKey } from '../core/base/entity-key.ts'
import { checkDefinition, type EntityDefinition } from '../core/entity/entity.ts'
import type { TypedMessage } from '../core/entity/message.ts'
import type { Metadata } from '../core/base/metadata.ts'
import type { Change, Journal } from '../core/journal/journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Delivery } from './delivery.ts'
import type { Hint } from './hints.ts'
import { idOf } from './name.ts'

/** What a consumer knows of an event beside its content. Frozen. */
export interface EventMeta {
  /** The entity that the event belongs to. */
  readonly entity: EntityKey
  /** `<key of the entity>/<sequence number>`, as `account/acc-001/7`: the same at each delivery. Key effects by it. */
  readonly id: string
  /** The commit that holds the event. */
  readonly revision: number
  /** Number of the event in its entity; the first is 1. */
  readonly sequenceNr: number
  /** Milliseconds since the Unix epoch, by the clock of the writer. */
  readonly timestamp: number
  /** The id of the command that caused it, where it had one. */
  readonly commandId?: string | undefined
  /** The id of the principal that sent the command, where it is known. */
  readonly principal?: string | undefined
  /** The trace of the command. Source: https://www.w3.org/TR/trace-context */
  readonly traceparent?: string | undefined
  /** What the program added to the command and its events. */
  readonly metadata?: Metadata | undefined
  /** True in a catch-up, a retry, or where a feed is read from its beginning: the event may be old. */
  readonly replay: boolean
}

/** The events of an entity definition. */
export type EventOfEntity<Entity> = Entity extends {
  onEvent(state: infer _State, event: infer Event): unknown
}
  ? Event
  : never

/** A definition of some entity, whatever its types. */
// oxlint-disable-next-line typescript/no-explicit-any -- definitions differ in the arguments of their handlers
export type ConsumedEntity = Pick<EntityDefinition<string, any, any, any>, 'entityType' | 'onEvent'>

/** What follows the events of some entity types. */
export interface ConsumerDefinition<Entity extends ConsumedEntity> {
  /** 1 to 64 letters, digits, `_` or `-`, a letter first. With the version it names the positions: do not change it. */
  readonly name: string
  /** A whole number from 1 on; default 1. Another version is another consumer, with positions of its own. */
  readonly version?: number
  /** The entities whose events it takes: one definition, or several. */
  readonly from: Entity | readonly Entity[]
  /**
   * `'beginning'`: all events there are. `'now'`: those committed since the consumer was first started, by the clocks of
   * their writers; on Lambda that may be later than the commit that started the first process. Default `'beginning'`.
   */
  readonly startFrom?: 'beginning' | 'now'
  /**
   * Called for each event of an entity in order, one at a time; for different entities at once. Called again with the same
   * event after a crash or an error: make its effect depend on `meta.id`. An error with `retryable: true` is retried later,
   * any other one three times; then the entity is parked for this consumer.
   */
  handle(event: EventOfEntity<Entity>, meta: EventMeta): Promise<void> | void
}

/**
 * A consumer, ready for `createConsumers`: of events, as `consumer` makes, of states, as `view` makes, or of batches, as
 * `projection` makes.
 */
export type Consumer = EventConsumer | StateConsumer | BatchConsumer

interface AnyConsumer {
  /** `<name>@<version>`. */
  readonly id: string
  readonly entityTypes: ReadonlySet<string>
  readonly startFrom: 'beginning' | 'now'
  /** True where it only makes rows again, which does not count as its start. Default false. */
  readonly isRebuild?: boolean | undefined
}

/** Sees each event of an entity once its position is there. */
export interface EventConsumer extends AnyConsumer {
  readonly handle: (event: TypedMessage, meta: EventMeta) => Promise<void> | void
}

/** Follows the newest state of each entity and keeps no position. */
export interface StateConsumer extends AnyConsumer {
  /** What its rows depend on beside the states: another one needs another version. */
  readonly shape: string
  /** An error with `retryable: true` is retried later; any other parks the entity. */
  readonly update: (entity: StateUpdate) => Promise<void>
}

/** Takes the events of a batch together, and writes what they come to with the positions, in one transaction. */
export interface BatchConsumer extends AnyConsumer {
  /** What its rows depend on beside the events: another one needs another version. */
  readonly shape: string
  /** Begins to work in a process; the function delivers one batch, and never throws: what failed is in the tally. */
  readonly start: () => (delivery: Delivery<BatchConsumer>, hints: readonly Hint[]) => Promise<void>
}

/** An entity that has a new state. */
export interface StateUpdate {
  readonly entity: EntityKey
  /** The newest change that is known of it; `undefined` where all that is known is that there may be one. */
  readonly newest: Change | undefined
  readonly journal: Journal & Required<Pick<Journal, 'readChange'>>
  readonly rows: RowStore
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  readonly request: RequestOptions
}

const definitionNames: OptionNames<ConsumerDefinition<ConsumedEntity>> = {
  name: true,
  version: true,
  from: true,
  startFrom: true,
  handle: true,
}

/** Defines a consumer: code that sees each event of its entities, in order. Throws `TypeError` for what cannot work. */
export function consumer<Entity extends ConsumedEntity>(
  definition: ConsumerDefinition<Entity>,
): EventConsumer {
  // An object of a class may have fields of its own, for its handler.
  if (Object(definition) !== definition || isPlainObject(definition))
    checkNames('consumer', definition, definitionNames)
  const { name, version = 1, from, startFrom = 'beginning' } = definition
  const id = idOf('consumer', name, version)
  if (startFrom !== 'beginning' && startFrom !== 'now')
    throw new TypeError(`startFrom of consumer ${name} must be 'beginning' or 'now'.`)
  if (typeof definition.handle !== 'function')
    throw new TypeError(`Consumer ${name} needs a function handle.`)
  const entities = [from].flat() as readonly Entity[]
  if (entities.length === 0)
    throw new TypeError(`Consumer ${name} needs the entities that it takes events from.`)
  for (const each of entities) checkDefinition(each as never)
  return {
    id,
    entityTypes: new Set(entities.map(({ entityType }) => entityType)),
    startFrom,
    handle: (event, meta) => definition.handle(event as EventOfEntity<Entity>, meta),
  }
}
