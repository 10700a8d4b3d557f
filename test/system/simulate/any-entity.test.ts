import {
  type ActorRef,
  type Behavior,
  Behaviors,
  type CommandContext,
  type EntityDefinition,
  entity,
  memoryStore,
  type Store,
  type TypedMessage,
} from 'tailfold'
import { type SimulateOptions, type SimulationReport, simulate } from 'tailfold/testing'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { cart } from '../../../functions/cart/cart.ts'
import { room } from '../../../functions/booking/room.ts'

vi.setConfig({ testTimeout: 60_000 })

const histories = 60

/** Simulates, expects no violation, and gives the share of the commands that were answered. */
async function answeredShare<State, Event extends TypedMessage, Command extends TypedMessage>(
  options: SimulateOptions<State, Event, Command>,
): Promise<number> {
  const report: SimulationReport = await simulate({ histories, ...options })
  expect(report.violations).toEqual([])
  return report.answered / report.commands
}

const whole = (random: () => number, below: number) => Math.floor(random() * below)

describe('simulate passes entities as they are', () => {
  test('with strict schemas: the meeting room of the examples', async () => {
    const share = await answeredShare({
      entity: room,
      command(random) {
        const kind = random()
        const hour = (at: number) => new Date(Date.UTC(2026, 0, 1, at)).toISOString()
        const from = whole(random, 40)
        if (kind < 0.6) return { type: 'Book', from: hour(from), to: hour(from + 2), by: 'ann', people: 2 }
        return kind < 0.8 ? { type: 'Cancel', number: 1 + whole(random, 5) } : { type: 'List' }
      },
    })
    expect(share).toBeGreaterThan(0.8)
  })

  test('with the time in events: the shopping cart of the examples', async () => {
    const share = await answeredShare({
      entity: cart,
      command(random) {
        const kind = random()
        const sku = `sku${whole(random, 3)}`
        if (kind < 0.6) return { type: 'AddItem', sku, quantity: 1 + whole(random, 3), unitPrice: 100 }
        return kind < 0.9 ? { type: 'RemoveItem', sku } : { type: 'CheckOut' }
      },
    })
    expect(share).toBeGreaterThan(0.8)
  })

  test('with schemas that drop, add and convert fields', async () => {
    const commands = { Add: z.object({ by: z.coerce.number(), note: z.string().default('none') }) }
    const events = { Added: z.object({ by: z.number(), note: z.string() }) }
    const counter = entity({
      entityType: 'counter',
      initialState: { n: 0 },
      onEvent: (state: { n: number }, event: { type: 'Added'; by: number; note: string }) => ({
        n: state.n + event.by,
      }),
      onCommand: (_ctx: CommandContext, _state: { n: number }, command: AddCommand) =>
        Behaviors.persisted({
          events: [{ type: 'Added' as const, by: command.by, note: command.note }],
          reply: (after: { n: number }) => after.n,
        }),
      commands,
      events,
    })
    const share = await answeredShare({
      entity: counter,
      command: (random) => ({ type: 'Add', by: String(whole(random, 9)), more: true }) as never,
    })
    expect(share).toBeGreaterThan(0.8)
  })

  test('with no-ops under a command id, decided again when it is repeated', async () => {
    const share = await answeredShare({
      entity: seat,
      command: (random) => ({ type: random() < 0.5 ? 'Reserve' : 'Release' }),
    })
    expect(share).toBeGreaterThan(0.8)
  })

  test('with decisions by time, such as expiry', async () => {
    const share = await answeredShare({ entity: offer, command: () => ({ type: 'Take' }) })
    expect(share).toBeGreaterThan(0.8)
  })

  test('with properties that are undefined in its state', async () => {
    const share = await answeredShare({
      entity: entity({
        entityType: 'flag',
        initialState: {} as { readonly on?: boolean | undefined },
        onEvent: (_state: { readonly on?: boolean | undefined }, event: { type: 'Set'; on: boolean }) => ({
          on: event.on ? true : undefined,
        }),
        onCommand: (_ctx: CommandContext, _state: object, command: { type: 'Set'; on: boolean }) =>
          Behaviors.persisted({ events: [{ type: 'Set' as const, on: command.on }] }),
      }),
      command: (random) => ({ type: 'Set', on: random() < 0.5 }),
    })
    expect(share).toBeGreaterThan(0.8)
  })

  test('whose states are compressed, in a store of the caller', async () => {
    let compressed = 0
    const openStore = (): Store => {
      const store = memoryStore()
      return {
        ...store,
        saveSnapshot(key, snapshot, request) {
          if (snapshot.record['z'] !== undefined) compressed += 1
          return store.saveSnapshot(key, snapshot, request)
        },
      }
    }
    const page = entity({
      entityType: 'page',
      initialState: { text: '' },
      onEvent: (_state: { text: string }, event: { type: 'Written'; letter: string }) => ({
        text: event.letter.repeat(3_000),
      }),
      onCommand: (_ctx: CommandContext, _state: object, command: { type: 'Write'; letter: string }) =>
        Behaviors.persisted({ events: [{ type: 'Written' as const, letter: command.letter }] }),
    })
    const letter = (random: () => number) => 'abc'.charAt(whole(random, 3))
    const share = await answeredShare({
      entity: page,
      command: (random) => ({ type: 'Write', letter: letter(random) }),
      store: openStore,
    })
    expect(share).toBeGreaterThan(0.8)
    expect(compressed).toBeGreaterThan(histories)
  })
})

type AddCommand = { type: 'Add'; by: number; note: string; replyTo: ActorRef<number> }

type SeatCommand = { type: 'Reserve' | 'Release' }
type SeatEvent = { type: 'Reserved' | 'Released' }

const seat: EntityDefinition<'seat', { taken: boolean }, SeatEvent, SeatCommand> = entity({
  entityType: 'seat',
  initialState: { taken: false },
  onEvent: (_state: { taken: boolean }, event: SeatEvent) => ({ taken: event.type === 'Reserved' }),
  onCommand(_ctx: CommandContext, { taken }, { type }: SeatCommand): Behavior<SeatEvent, { taken: boolean }> {
    if (taken === (type === 'Reserve')) return Behaviors.same()
    return Behaviors.persisted({ events: [{ type: type === 'Reserve' ? 'Reserved' : 'Released' }] })
  },
})

type OfferState = { takenAt: number }
type OfferEvent = { type: 'Taken'; at: number }
type OfferCommand = { type: 'Take'; replyTo: ActorRef<string> }

/** May be taken for one second, every two seconds. */
const offer: EntityDefinition<'offer', OfferState, OfferEvent, OfferCommand> = entity({
  entityType: 'offer',
  initialState: { takenAt: 0 },
  onEvent: (_state: OfferState, { at }: OfferEvent) => ({ takenAt: at }),
  onCommand({ now }: CommandContext, state, command: OfferCommand): Behavior<OfferEvent, OfferState> {
    if (now % 2_000 >= 1_000) return Behaviors.rejected('expired', { now })
    command.replyTo.tell(`taken at ${now}, before at ${state.takenAt}`)
    if (now < state.takenAt + 50) return Behaviors.same()
    return Behaviors.persisted({ events: [{ type: 'Taken', at: now }] })
  },
})
