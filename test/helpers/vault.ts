import { type ActorRef, type Behavior, Behaviors, type CommandContext, entity } from 'tailfold'

type Event = { type: 'Put'; text: string }

type Command =
  | { type: 'Put'; text: string; replyTo: ActorRef<{ kept: string }> }
  | { type: 'Refuse'; text: string }
  | { type: 'Throw'; text: string }
  | { type: 'PersistSymbol'; text: string }
  | { type: 'Peek'; replyTo: ActorRef<string> }

/** An entity whose commands, events, states, replies, refusals and errors are full of what must not get out. */
export const vault = entity({
  entityType: 'vault',
  initialState: { kept: '' },
  onEvent: (_state: { kept: string }, event: Event) => ({ kept: event.text }),
  onCommand(_ctx: CommandContext, state, command: Command): Behavior<Event, { kept: string }> {
    switch (command.type) {
      case 'Put':
        command.replyTo.tell({ kept: command.text })
        return Behaviors.persisted({ events: [{ type: 'Put', text: command.text }] })
      case 'Refuse':
        return Behaviors.rejected(`not ${command.text}`, { text: command.text, kept: state.kept })
      case 'Throw':
        throw new Error(`cannot take ${command.text}`, { cause: command.text })
      case 'PersistSymbol':
        return Behaviors.persisted({
          events: [{ type: 'Put', text: { [command.text]: Symbol(command.text) } as never }],
        })
      case 'Peek':
        command.replyTo.tell(state.kept)
        return Behaviors.same()
      default:
        return Behaviors.unhandled()
    }
  },
})

/** One command for each way a vault deals with what it is given. */
export const vaultCommands = ['Put', 'Refuse', 'Throw', 'PersistSymbol', 'Peek', 'Unknown'] as const
