import { Behaviors, createEngine, entity, InMemoryJournal, type Platform } from 'tailfold'
import { expect, test } from 'vitest'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { outcomeOf } from '../../helpers/bad-values.ts'

type Event = { readonly type: 'Added'; readonly by: number }
type Command = { readonly type: 'Add'; readonly by: number }
type State = { count: number }

const added = ({ by }: Command) =>
  Behaviors.persisted({ events: [{ type: 'Added', by }] as readonly Event[] })

/** @param ids An entity id; by default a good one. */
async function messageOf(
  parts: {
    onEvent?: (state: State, event: Event) => unknown
    onCommand?: (command: Command) => unknown
  } = {},
  ids: readonly unknown[] = ['a'],
): Promise<string> {
  const { onEvent = (state: State) => state, onCommand = added } = parts
  const counter = entity<'counter', State, Event, Command>({
    entityType: 'counter',
    initialState: { count: 0 },
    onEvent: onEvent as never,
    onCommand: (_ctx, _state, command) => onCommand(command) as never,
  })
  const platform: Platform = virtualPlatform()
  const engine = createEngine(counter, { journal: new InMemoryJournal(), platform })
  const { error } = await outcomeOf(() => engine.execute(ids[0] as string, { type: 'Add', by: 1 }))
  return (error as Error).message
}

test.for<readonly [unknown, string]>([
  [undefined, 'it is missing'],
  [null, 'it must be a string, not null'],
  [7, 'it must be a string, not 7'],
  [{}, 'it must be a string, not an object'],
])('an entity id that is no text: %j', async ([entityId, problem]) => {
  expect(await messageOf({}, [entityId])).toBe(`The entity id is not valid: ${problem}.`)
})

test('an onEvent that is async is named as that, and what it rejects with ends no process', async () => {
  const onEvent = async () => {
    throw new Error('later')
  }
  expect(await messageOf({ onEvent })).toBe(
    'onEvent must not be async: it returned a Promise. onEvent of counter/a returned it for event 1 of type Added.',
  )
})

test('what onEvent threw is in the message', async () => {
  const onEvent = () => {
    throw new Error('no such item.')
  }
  expect(await messageOf({ onEvent })).toBe(
    'onEvent of counter/a threw for event 1 of type Added: no such item. Nothing was written.',
  )
})

test.for<[string, (state: State) => void]>([
  ['changes a property', (state) => void (state.count += 1)],
  ['adds one', (state) => void Object.assign(state, { other: 1 })],
  ['deletes one', (state) => void delete (state as Partial<State>).count],
])('an onEvent that %s of the state learns that states are frozen', async ([, change]) => {
  const onEvent = (state: State) => {
    change(state)
    return state
  }
  expect(await messageOf({ onEvent })).toMatch(
    /\(states are frozen: return a new one\)\. Nothing was written\.$/,
  )
})

test('an onCommand that returns no Behavior, or no list of events, learns what to write', async () => {
  expect(await messageOf({ onCommand: () => [{ type: 'Added' }] })).toBe(
    'onCommand of counter/a returned something other than a Behavior: return Behaviors.persisted({ events: [ … ] }), rejected, same, stopped or unhandled. Nothing was written.',
  )
  const events = { type: 'Added', by: 1 } as never
  expect(await messageOf({ onCommand: () => Behaviors.persisted({ events }) })).toBe(
    'onCommand of counter/a persisted something other than a list of events: write persisted({ events: [ … ] }). Nothing was written.',
  )
})

test('an event that holds the whole command learns that replyTo does not belong to it', async () => {
  const onCommand = (command: Command) =>
    Behaviors.persisted({ events: [{ ...command, type: 'Added' }] as readonly Event[] })
  expect(await messageOf({ onCommand })).toBe(
    '/replyTo/tell of the event is a function, which JSON cannot hold. `replyTo` belongs to the command: name the fields that the event needs.',
  )
})
