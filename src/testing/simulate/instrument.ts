import type { AnyEntity } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'

/** The field that carries an operation's marker through its command into its events. */
const markerField = '$op'

/** Puts an operation's marker on its command. */
export function mark(command: TypedMessage, marker: string): TypedMessage {
  return { ...command, [markerField]: marker } as TypedMessage
}

/** Takes the marker off a command or an event. */
export function unmark<Message extends TypedMessage>(message: Message): { marker: string; bare: Message } {
  const { [markerField]: marker, ...bare } = message as Message & { [markerField]?: string }
  return { marker: marker ?? '', bare: bare as unknown as Message }
}

/**
 * The same entity, whose events tell which operation made them. Code of schema version 2 keeps its state in another
 * shape, so that a state that either version takes from the other does not go unnoticed.
 */
export function instrument(definition: AnyEntity, schemaVersion = 1): AnyEntity {
  const wrap = (state: unknown) => (schemaVersion === 1 ? state : { version2: state })
  const unwrap = (state: unknown) => (schemaVersion === 1 ? state : (state as { version2: unknown }).version2)
  return {
    ...definition,
    schemaVersion,
    initialState: wrap(definition.initialState),
    onEvent: (state, event) => wrap(definition.onEvent(unwrap(state), unmark(event).bare)),
    async onCommand(ctx, state, command) {
      const { marker, bare } = unmark(command)
      const behavior = await definition.onCommand(ctx, unwrap(state), bare)
      if (behavior?.kind !== 'persisted') return behavior
      const events = behavior.events.map((event) => ({ ...event, [markerField]: marker }))
      return {
        ...behavior,
        events,
        ...(behavior.reply && { reply: (after: unknown) => behavior.reply?.(unwrap(after)) }),
      }
    },
  }
}

/** The state in the definition's own shape, whatever schema version stored it. */
export function stateOf(stored: unknown, schemaVersion: unknown): unknown {
  return schemaVersion === 2 ? (stored as { version2?: unknown }).version2 : stored
}
