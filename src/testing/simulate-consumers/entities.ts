import { Behaviors } from '../../core/entity/behaviors.ts'
import { entity, type EntityDefinition } from '../../core/entity/entity.ts'
import { entityOf, storeKey } from '../../journal/key.ts'
import type { EntityKey } from '../../core/base/entity-key.ts'

/** The code of one version, or of the next one, which keeps states in another shape. */
export type Code = 1 | 2

/** An event carries its number in its entity, so a state is known by the number of its last event. */
export interface Numbered {
  readonly type: 'Stepped' | 'Hauled'
  readonly n: number
}

/** Code 1 keeps `n`, code 2 keeps `twice`: a state that one takes from the other does not go unnoticed. */
export interface NumberedState {
  readonly n?: number
  readonly twice?: number
  /** Makes the state too large to ride with a commit. */
  readonly load?: string
}

/** Writes events; or, with none, is recorded under its command id as it is answered or refused. */
export interface NumberedCommand {
  readonly type: 'Step' | 'Refuse'
  readonly events: number
}

type NumberedEntity = EntityDefinition<string, NumberedState, Numbered, NumberedCommand>

/** Longer than what a commit carries for nothing. */
const load = 'x'.repeat(1_500)

/** Steppers have small states, haulers large ones. */
export interface NumberedEntities {
  readonly stepper: NumberedEntity
  readonly hauler: NumberedEntity
}

/** The entities as one version of the code has them. */
export function entitiesOf(code: Code): NumberedEntities {
  return definitions[code]
}

/** The number of the last event of a state, as one version of the code keeps it. */
export function numberIn(state: NumberedState, code: Code): number {
  return (code === 1 ? state.n : (state.twice as number) / 2) as number
}

function numbered(
  entityType: string,
  type: Numbered['type'],
  code: Code,
  more: Pick<NumberedState, 'load'>,
): NumberedEntity {
  const stateOf = (n: number): NumberedState => ({ ...(code === 1 ? { n } : { twice: 2 * n }), ...more })
  return entity({
    entityType,
    schemaVersion: code,
    initialState: stateOf(0),
    onEvent: (_state: NumberedState, { n }: Numbered) => stateOf(n),
    onCommand: (_ctx, state: NumberedState, command: NumberedCommand) =>
      command.type === 'Refuse'
        ? Behaviors.rejected('no step')
        : Behaviors.persisted<Numbered, NumberedState>({
            events: Array.from({ length: command.events }, (_, index) => ({
              type,
              n: numberIn(state, code) + index + 1,
            })),
          }),
  })
}

const definitions = {
  1: { stepper: numbered('stepper', 'Stepped', 1, {}), hauler: numbered('hauler', 'Hauled', 1, { load }) },
  2: { stepper: numbered('stepper', 'Stepped', 2, {}), hauler: numbered('hauler', 'Hauled', 2, { load }) },
} satisfies Record<Code, NumberedEntities>

/** The entities of a history by their numbers; the last ones begin late. */
export const entityKeys: readonly EntityKey[] = [
  { entityType: 'stepper', entityId: 's0' },
  { entityType: 'stepper', entityId: 's1' },
  { entityType: 'hauler', entityId: 's2' },
  { tenant: 'acme', entityType: 'stepper', entityId: 's3' },
  { entityType: 'stepper', entityId: 's4' },
  { tenant: 'acme', entityType: 'hauler', entityId: 's5' },
]

/** Entities that begin before a history; the others may begin while it runs. */
export const earlyEntities = 4

export const storeKeys: readonly string[] = entityKeys.map(storeKey)

/** The entity that a key of the journal names. */
export function entityOfStoreKey(key: string): EntityKey {
  return entityOf(key) as EntityKey
}

/** Whether the state of an entity is too large to ride with its commits. */
export function isLarge(key: string): boolean {
  return entityOfStoreKey(key).entityType === 'hauler'
}
