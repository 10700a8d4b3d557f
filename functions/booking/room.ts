import { Behaviors, entity, type EventOf } from 'tailfold'
import { z } from 'zod'

const times = { from: z.iso.datetime(), to: z.iso.datetime() }
const booking = z.strictObject({ number: z.int().positive(), ...times, by: z.string(), people: z.int() })

/** What may be sent: parsed before `onCommand`, and described by `/openapi.json`. */
const commands = {
  Book: z
    .strictObject({
      ...times,
      by: z.string().trim().min(1).max(80),
      people: z.int().min(1).max(20).default(1),
    })
    .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
      path: ['to'],
      error: 'must be after from',
    }),
  Cancel: z.strictObject({ number: z.int().positive() }),
  List: z.strictObject({}),
}

/** What is stored: checked before it is written. */
const events = {
  Booked: booking,
  Cancelled: z.strictObject({ number: z.int().positive() }),
}

/** What is answered. */
const replies = {
  Book: z.strictObject({ number: z.int() }),
  List: z.array(booking),
}

export type Booking = z.output<typeof booking>
export type RoomState = { readonly booked: number; readonly bookings: readonly Booking[] }
export type RoomEvent = EventOf<typeof events>

/** A meeting room that is never booked twice for one time. All that goes in and out has a schema, and its type from it. */
export const room = entity({
  entityType: 'room',
  initialState: { booked: 0, bookings: [] },
  commands,
  events,
  replies,
  onEvent({ booked, bookings }: RoomState, event): RoomState {
    switch (event.type) {
      case 'Booked': {
        const { type: _, ...added } = event
        return { booked: booked + 1, bookings: [...bookings, added] }
      }
      case 'Cancelled':
        return { booked, bookings: bookings.filter(({ number }) => number !== event.number) }
    }
  },
  async onCommand(_ctx, { booked, bookings }, command) {
    switch (command.type) {
      case 'Book': {
        const { from, to, by, people } = command
        const taken = bookings.find((other) => overlap(other, command))
        if (taken !== undefined) return Behaviors.rejected('the room is taken', { number: taken.number })
        const number = booked + 1
        command.replyTo.tell({ number })
        return Behaviors.persisted({ events: [{ type: 'Booked', number, from, to, by, people }] })
      }
      case 'Cancel': {
        const { number } = command
        if (!bookings.some((other) => other.number === number)) return Behaviors.same()
        return Behaviors.persisted({ events: [{ type: 'Cancelled', number }] })
      }
      case 'List':
        command.replyTo.tell([...bookings])
        return Behaviors.same()
    }
  },
})

type Times = Pick<Booking, 'from' | 'to'>

function overlap(one: Times, other: Times): boolean {
  return Date.parse(one.from) < Date.parse(other.to) && Date.parse(other.from) < Date.parse(one.to)
}
