import * as v from 'valibot'
import { z } from 'zod'
import { type Behavior, Behaviors, type CommandContext, type CommandOf, type EventOf, entity } from 'tailfold'
import { schemaOf, thenable } from './schema.ts'

/** Stands in values that schemas find wrong; must never be logged. */
export const secretValue = 'the-card-number-is-4111'

const commands = {
  /** Transforms, has a default, and strips what it does not know. */
  Put: z.object({ item: z.string().trim().min(1), count: z.int().positive().default(1) }),
  /** Refuses what it does not know. */
  Rename: z.strictObject({ item: z.string(), to: z.string() }),
  /** Makes what no JSON can be. */
  Reserve: z.object({ until: z.iso.datetime().transform((text) => new Date(text)) }),
  /** Asynchronous. */
  Order: z.object({ item: z.string().refine(async (item) => item !== 'sold out', 'is sold out') }),
  /** Asynchronous, with promises of its own make. */
  Inspect: schemaOf(() => thenable({ value: {} })),
  /** Of a library that quotes values in its messages. */
  Stock: v.object({ items: v.array(v.object({ sku: v.string(), 'per/~box': v.number() })) }),
  Crack: v.object({ size: v.string() }),
  Misplace: z.object({}),
  Invent: z.object({}),
  Answer: z.object({ reply: z.unknown().optional() }),
  Throw: schemaOf(() => {
    throw new Error('the schema is broken')
  }),
  Reject: schemaOf(() => Promise.reject(new Error('the schema is broken'))),
  Hang: schemaOf(() => new Promise(() => {})),
  Flatten: schemaOf<object>(() => ({ value: ['a', 'list'] as never })),
  Refuse: schemaOf(() => ({ issues: [] })),
}
const events = {
  Put: z.strictObject({ item: z.string(), count: z.number() }),
  Broken: v.object({ size: v.number() }),
  Reserved: z.object({ until: z.iso.datetime() }),
}
const replies = { Answer: v.object({ found: v.number() }) }

type State = { readonly items: Readonly<Record<string, number>> }
type Command = CommandOf<typeof commands, typeof replies>
type Event = EventOf<typeof events>

/** A shelf with schemas that do, and handlers that break, whatever they can. */
export const shelf = entity({
  entityType: 'shelf',
  initialState: { items: {} },
  onEvent(state: State, event: Event): State {
    switch (event.type) {
      case 'Put':
        return { items: { ...state.items, [event.item]: (state.items[event.item] ?? 0) + event.count } }
      default:
        return state
    }
  },
  async onCommand(_ctx: CommandContext, _state: State, command: Command): Promise<Behavior<Event, State>> {
    switch (command.type) {
      case 'Put': {
        const {
          type: _type,
          replyTo: _replyTo,
          item,
          count,
          ...unknown
        } = command as typeof command & { replyTo: unknown }
        const reply = () => ({ item, count, unknown: Object.keys(unknown) })
        return Behaviors.persisted({ events: [{ type: 'Put', item, count }], reply })
      }
      case 'Reserve':
        return Behaviors.persisted({
          events: [{ type: 'Reserved', until: command.until.toISOString() }],
          reply: () => command.until.getTime(),
        })
      case 'Order':
        return Behaviors.persisted({ events: [{ type: 'Put', item: command.item, count: 1 }] })
      case 'Crack':
        return Behaviors.persisted({ events: [{ type: 'Broken', size: command.size as never }] })
      case 'Misplace':
        return Behaviors.persisted({ events: [{ type: 'Put', item: 'pen', count: 1, where: 0 } as Event] })
      case 'Invent':
        return Behaviors.persisted({ events: [{ type: 'toString' } as never] })
      case 'Answer':
        return Behaviors.persisted({
          events: [{ type: 'Put', item: 'pen', count: 1 }],
          reply: () => command.reply,
        })
      default:
        return Behaviors.persisted({ events: [{ type: 'Put', item: command.type, count: 1 }] })
    }
  },
  commands,
  events,
  replies,
})
