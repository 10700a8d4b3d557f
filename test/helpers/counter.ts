import {
  Behaviors,
  createEngine,
  entity,
  type EntityDefinition,
  type HistoryReader,
  type Journal,
  systemPlatform,
} from 'tailfold'

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

/** A reader of counters that reports its costs, and how many requests it made. */
export function counterReader(
  journal: Journal,
  { tenant, ...changes }: Partial<typeof counter> & { readonly tenant?: string } = {},
): HistoryReader & { requests(): number } {
  const engine = createEngine({ ...counter, ...changes }, { journal, platform: systemPlatform, costs: true })
  const reader = engine.reader({ tenant })
  return { ...reader, requests: () => reader.cost()?.requests ?? 0 }
}
