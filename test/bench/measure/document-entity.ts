import { type ActorRef, Behaviors, entity } from '../../../src/index.ts'

/** What a document holds. */
export type Content = string | readonly object[]

type Write = { readonly type: 'Write'; readonly content: Content }
type Print = { readonly type: 'Print'; readonly replyTo: ActorRef<string> }
type Written = { readonly type: 'Written'; readonly content: Content }

/** A document of any size. `Print` writes a small event and replies with a fixed text. */
export function documentEntity({ printed = '' }: { readonly printed?: string } = {}) {
  return entity<
    'document',
    { readonly content: Content },
    Written | { readonly type: 'Printed' },
    Write | Print
  >({
    entityType: 'document',
    initialState: { content: '' },
    onEvent: (state, event) => (event.type === 'Written' ? { content: event.content } : state),
    onCommand: (_ctx, _state, command) =>
      command.type === 'Write'
        ? Behaviors.persisted({ events: [{ type: 'Written', content: command.content }] })
        : Behaviors.persisted({ events: [{ type: 'Printed' }], reply: () => printed }),
  })
}
