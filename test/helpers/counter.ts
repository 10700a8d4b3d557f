import { Behaviors } from '../../src/core/entity/behavior.ts'
import { entity, type EntityDefinition } from '../../src/core/entity/entity.ts'

export interface CounterState {
  readonly sum: number
}
export type Counted = { readonly type: 'Counted'; readonly by: number }
export type Count = { readonly type: 'Count'; readonly by: number }

/** The smallest entity there is: it adds up. */
export const counter: EntityDefinition<'counter', CounterState, Counted, Count> = entity({
  entityType: 'counter',
  initialState: { sum: 0 } as CounterState,
  onEvent: (state, event: Counted) => ({ sum: state.sum + event.by }),
  onCommand: (_ctx, _state, command: Count) =>
    Behaviors.persisted<Counted, CounterState>({ events: [{ type: 'Counted', by: command.by }] }),
})
