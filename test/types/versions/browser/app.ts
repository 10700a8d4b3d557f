// What a page imports the type of: it must compile with what browsers have, without the types of Node.js.
import { type ActorRef, Behaviors, entity, InMemoryJournal } from 'tailfold'
import { createApp } from 'tailfold/http'

type Event = { type: 'Added'; by: number }
type Command = { type: 'Add'; by: number } | { type: 'Get'; replyTo: ActorRef<number> }

const counter = entity({
  entityType: 'counter',
  initialState: 0,
  onEvent: (state, event: Event) => state + event.by,
  onCommand(_ctx, state, command: Command) {
    if (command.type === 'Add') return Behaviors.persisted({ events: [{ type: 'Added', by: command.by }] })
    command.replyTo.tell(state)
    return Behaviors.same()
  },
})

export const app = createApp({ journal: new InMemoryJournal(), entities: [counter], authorize: 'everybody' })
