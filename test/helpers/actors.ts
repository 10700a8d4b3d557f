import {
  type ActorFailure,
  type ActorRef,
  ActorSystem,
  type ActorSystemOptions,
  type Behavior,
  Behaviors,
  type CommandContext,
  entity,
  type EventSourcedBehavior,
  KeyValueJournal,
  memoryStore,
} from 'tailfold'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { type FaultyStore, faultyStore } from './faulty-store.ts'

export type Tick =
  | { type: 'Tick'; n: number; replyTo?: ActorRef<number> }
  | { type: 'Stop' }
  | { type: 'Reject' }
  | { type: 'Slow'; ms: number }
  | { type: 'Seen'; replyTo: ActorRef<readonly number[]> }

type Ticked = { type: 'Ticked'; n: number }

/** What a test needs to run actors on virtual time: `ticker(id)` is the behavior of an entity that counts ticks. */
export interface ActorBench {
  readonly store: FaultyStore
  readonly platform: ReturnType<typeof virtualPlatform>
  readonly failures: ActorFailure[]
  ticker(entityId?: string): EventSourcedBehavior<Tick>
  system(options?: Partial<ActorSystemOptions>): ActorSystem
  /** The numbers that were committed for an entity. */
  committed(entityId?: string): Promise<readonly number[]>
}

/** Makes a journal, virtual time, and behaviors that use them. */
export function actorBench(): ActorBench {
  const store = faultyStore(memoryStore())
  const journal = new KeyValueJournal(store)
  const platform = virtualPlatform()
  const failures: ActorFailure[] = []
  const onFailure = (failure: ActorFailure) => void failures.push(failure)

  /** Counts ticks; `n` below zero makes the handler throw, `Slow` makes it wait. */
  const ticker = entity({
    entityType: 'ticker',
    initialState: [] as readonly number[],
    onEvent: (state: readonly number[], { n }: Ticked): readonly number[] => [...state, n],
    onCommand(_ctx: CommandContext, state: readonly number[], command: Tick) {
      switch (command.type) {
        case 'Tick':
          if (command.n < 0) throw new Error(`cannot tick ${command.n}`)
          return tick(command.n)
        case 'Slow':
          return new Promise<Behavior<Ticked, readonly number[]>>((resolve) => {
            platform.schedule(command.ms, () => resolve(tick(command.ms)))
          })
        case 'Stop':
          return Behaviors.stopped()
        case 'Reject':
          return Behaviors.rejected('no')
        case 'Seen':
          command.replyTo.tell(state)
          return Behaviors.same()
      }
    },
  })

  return {
    store,
    platform,
    failures,
    ticker: (entityId = 't') => Behaviors.eventSourced({ ...ticker, entityId, journal }),
    system: ({ supervision, ...options } = {}) =>
      new ActorSystem({ name: 'bench', platform, supervision: { onFailure, ...supervision }, ...options }),
    async committed(entityId = 't') {
      const events = await Array.fromAsync(journal.load({ entityType: 'ticker', entityId }))
      return events.map(({ event }) => (event as Ticked).n)
    },
  }
}

function tick(n: number): Behavior<Ticked, readonly number[]> {
  return Behaviors.persisted({ events: [{ type: 'Ticked', n }], reply: (after) => after.length })
}
