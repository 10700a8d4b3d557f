import type { EventSourcedBehavior } from '../../core/entity/behaviors.ts'
import type { TypedMessage } from '../../core/entity/message.ts'

/** A behavior whose commands do not matter to the holder. */
export type AnyBehavior = EventSourcedBehavior<TypedMessage>

/** True for two behaviors of one entity in one journal. */
export function sameEntity(a: AnyBehavior, b: AnyBehavior): boolean {
  return (
    a.definition.entityType === b.definition.entityType &&
    a.entityId === b.entityId &&
    a.journal === b.journal
  )
}

/** The same behavior, without its command type. */
export function untyped<Command extends TypedMessage>(behavior: EventSourcedBehavior<Command>): AnyBehavior {
  return behavior as unknown as AnyBehavior
}
