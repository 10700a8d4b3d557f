import { given } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { type Booking, type RoomEvent, room } from '../../functions/booking/room.ts'

const morning = { from: '2026-03-02T09:00:00Z', to: '2026-03-02T10:30:00Z' }
const first: Booking = { number: 1, ...morning, by: 'Ada', people: 3 }
const booked = (booking: Booking): RoomEvent => ({ type: 'Booked', ...booking })
const cancelled = (number: number): RoomEvent => ({ type: 'Cancelled', number })
const book = { type: 'Book', ...morning, by: 'Ada', people: 3 } as const

describe('a room', () => {
  test('is booked, and says under which number', async () => {
    await given(room)
      .when(book)
      .then({ events: [booked(first)], reply: { number: 1 }, state: { booked: 1, bookings: [first] } })
  })

  test.for([
    ['2026-03-02T10:29:59Z', '2026-03-02T12:00:00Z'],
    ['2026-03-02T08:00:00Z', '2026-03-02T09:00:00.001Z'],
    ['2026-03-02T09:30:00Z', '2026-03-02T10:00:00Z'],
    ['2026-03-02T08:00:00Z', '2026-03-02T12:00:00Z'],
  ] as const)('is taken from %s to %s', async ([from, to]) => {
    await given(room, [booked(first)])
      .when({ ...book, from, to })
      .thenRejected('the room is taken', { number: 1 })
  })

  test('is free right before and right after a booking, and where one was cancelled', async () => {
    const before = { from: '2026-03-02T08:00:00Z', to: morning.from }
    const after = { from: morning.to, to: '2026-03-02T11:00:00Z' }
    for (const times of [before, after]) {
      await given(room, [booked(first)])
        .when({ ...book, ...times })
        .then({ reply: { number: 2 } })
    }
    await given(room, [booked(first), cancelled(1)])
      .when(book)
      .then({ reply: { number: 2 } })
  })

  test('lists its bookings, and cancels one; to cancel it again changes nothing', async () => {
    const past = [booked(first)]
    await given(room, past)
      .when({ type: 'List' })
      .then({ events: [], reply: [first] })
    await given(room, past)
      .when({ type: 'Cancel', number: 1 })
      .then({ events: [cancelled(1)], state: { booked: 1, bookings: [] } })
    await given(room, [...past, cancelled(1)])
      .when({ type: 'Cancel', number: 1 })
      .then({ events: [] })
  })

  test('takes one person where nobody counts, and a name without the spaces around it', async () => {
    await given(room)
      .when({ type: 'Book', ...morning, by: ' Ada ' } as never)
      .then({ events: [booked({ ...first, people: 1 })] })
  })

  test.for([
    { field: 'by', value: ' ', pointer: '/by' },
    { field: 'people', value: 21, pointer: '/people' },
    { field: 'from', value: 'tomorrow', pointer: '/from' },
    { field: 'to', value: morning.from, pointer: '/to' },
    { field: 'projector', value: true, pointer: '' },
  ])('refuses a booking with $field $value before onCommand', async ({ field, value, pointer }) => {
    const result = given(room)
      .when({ ...book, [field]: value } as never)
      .result()
    const error: unknown = await result.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'invalid-command' })
    expect(error).toHaveProperty('data.issues.0.pointer', pointer)
  })

  test('does not know other commands', async () => {
    await given(room)
      .when({ type: 'Paint' } as never)
      .thenUnhandled()
  })
})
