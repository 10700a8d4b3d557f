import { z } from 'zod'
import { type Behavior, Behaviors, type CommandContext, type CommandOf, type EventOf, entity } from 'tailfold'

/** Stands in every error that is thrown here; must never leave the process. */
export const secret = 'the-password-is-hunter3'

const anything = z.record(z.string(), z.unknown())
const commands = {
  Write: z.object({ text: z.string(), more: anything.optional() }),
  /** Keeps whatever fields it is given. */
  Fill: z.looseObject({}),
  Read: z.object({}),
  Refuse: z.object({ text: z.string() }),
  Fail: z.object({}),
  /** Internal: never over HTTP. */
  Purge: z.object({}),
}
const events = { Written: z.object({ text: z.unknown(), more: anything.optional() }) }

type State = { readonly pages: number; readonly last: unknown; readonly more: unknown }

/** A diary: its states, events, replies, refusals and errors are full of what is nobody else's business. */
export const diary = entity({
  entityType: 'diary',
  initialState: { pages: 0, last: null, more: null },
  onEvent: (state: State, { text, more }: EventOf<typeof events>): State => ({
    pages: state.pages + 1,
    last: text,
    more: more ?? null,
  }),
  onCommand(
    { principal }: CommandContext,
    state: State,
    command: CommandOf<typeof commands>,
  ): Behavior<EventOf<typeof events>, State> {
    const by = principal?.id
    switch (command.type) {
      case 'Write': {
        const { text, more } = command
        const event = { type: 'Written' as const, text, ...(more && { more }) }
        return Behaviors.persisted({ events: [event], reply: ({ pages }) => ({ pages, text, by }) })
      }
      case 'Fill': {
        const {
          type: _type,
          replyTo: _replyTo,
          ...fields
        } = command as typeof command & { replyTo?: unknown }
        return Behaviors.persisted({ events: [{ type: 'Written', text: by, more: fields }] })
      }
      case 'Read':
        ;(command as unknown as { replyTo: { tell(reply: unknown): void } }).replyTo.tell({ ...state, by })
        return Behaviors.same()
      case 'Refuse':
        return Behaviors.rejected('not in this diary', { text: command.text, by })
      case 'Purge':
        return Behaviors.persisted({ events: [{ type: 'Written', text: 'purged' }] })
      case 'Fail':
        throw new Error(`${secret} ${JSON.stringify(state)}`, { cause: new Error(secret) })
      default:
        return Behaviors.unhandled()
    }
  },
  commands,
  events,
  internal: ['Purge'],
})
