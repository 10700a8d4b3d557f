import {
  Behaviors,
  createEngine,
  entity,
  type EventJournal,
  KeyValueJournal,
  memoryRows,
  memoryStore,
} from 'tailfold'
import { consumer, createConsumers, type EventMeta } from 'tailfold/consumers'
import { readEvents } from 'tailfold/history'
import { given } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { toJournal } from '../../../src/core/journal/to-journal.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'
import { rejectionOf } from '../../helpers/thrown.ts'

type Noted = { type: 'Noted'; text: string }
type Note = { type: 'Note'; text: string; metadata?: object }

const notes = entity({
  entityType: 'notes',
  initialState: { count: 0 },
  onEvent: ({ count }: { count: number }, _event: Noted) => ({ count: count + 1 }),
  onCommand: (_ctx, _state: { count: number }, { text, metadata }: Note) =>
    text === ''
      ? Behaviors.same()
      : Behaviors.persisted<Noted, { count: number }>({
          events: [{ type: 'Noted', text }],
          metadata: metadata as Record<string, unknown> | undefined,
        }),
})

function open(journal: EventJournal = new KeyValueJournal(memoryStore())) {
  const engine = createEngine(notes, { journal: toJournal(journal), platform: virtualPlatform() })
  const kept = async () => {
    const { events } = await readEvents(engine.reader(), 'a', { limit: 100 })
    return events.map(({ metadata }) => metadata)
  }
  return { execute: engine.execute.bind(engine, 'a'), kept }
}

describe.for<[string, () => EventJournal]>([
  ['a journal of whole commits', () => new KeyValueJournal(memoryStore())],
  ['a journal of four methods', fourMethodJournal],
])('in %s', ([, openJournal]) => {
  test('events have the metadata of caller and handler; for a field of both that of the handler', async () => {
    const { execute, kept } = open(openJournal())
    await execute({ type: 'Note', text: 'x' }, { metadata: { by: 'caller', source: 'import' } })
    await execute({ type: 'Note', text: 'x', metadata: { by: 'handler' } })
    await execute({ type: 'Note', text: 'x', metadata: { by: 'handler' } }, { metadata: { by: 'c', n: [1] } })
    await execute({ type: 'Note', text: 'x' })
    const own = { by: 'handler' }
    expect(await kept()).toEqual([{ by: 'caller', source: 'import' }, own, { ...own, n: [1] }, undefined])
  })

  test('of several commands in a commit each has its own', async () => {
    const { execute, kept } = open(openJournal())
    const sent = ['one', 'two', 'three'].map(async (by) =>
      execute({ type: 'Note', text: 'x' }, by === 'two' ? {} : { metadata: { by } }),
    )
    expect((await Promise.all(sent)).map(({ revision }) => revision)).toEqual([1, 1, 1])
    expect(await kept()).toEqual([{ by: 'one' }, undefined, { by: 'three' }])
  })
})

test('a consumer is given it, frozen', async () => {
  const journal = new KeyValueJournal(memoryStore())
  const metadata = { by: { id: 'ann' } }
  await open(journal).execute({ type: 'Note', text: 'x' }, { metadata })
  metadata.by.id = 'changed'
  const seen: EventMeta[] = []
  const noting = consumer({ name: 'noting', from: notes, handle: (_event, meta) => void seen.push(meta) })
  const followed = toJournal(journal)
  const consumers = createConsumers({ journal: followed, rows: memoryRows(), consumers: [noting] })
  await consumers.deliver([{ key: 'notes/a', revision: 1 }])
  expect(seen).toMatchObject([{ metadata: { by: { id: 'ann' } } }])
  expect(Object.isFrozen(seen[0]?.metadata?.['by'])).toBe(true)
})

describe('what cannot be metadata', () => {
  const wrong = [
    ['a text', 'ann'],
    ['a list', ['ann']],
    ['a date in it', { at: new Date() }],
    ['more than 1,024 characters', { text: 'x'.repeat(1_014) }],
  ] as const

  test.for(wrong)('is a TypeError of the caller: %s', async ([, metadata]) => {
    const { execute } = open()
    const error = await rejectionOf(execute({ type: 'Note', text: 'x' }, { metadata: metadata as never }))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain('metadata must be a plain object of JSON values')
  })

  test.for(wrong)('fails the command of a handler, and nothing is written: %s', async ([, metadata]) => {
    const { execute, kept } = open()
    const error = await rejectionOf(execute({ type: 'Note', text: 'x', metadata: metadata as object }))
    expect(error).toMatchObject({ code: 'handler-failed' })
    expect(await kept()).toEqual([])
  })

  test('begins above 1,024 characters', async () => {
    const { execute, kept } = open()
    const metadata = { text: 'x'.repeat(1_013) }
    await execute({ type: 'Note', text: 'x' }, { metadata })
    expect(await kept()).toEqual([metadata])
  })
})

test('the test kit compares it', async () => {
  const note = given(notes, [], { metadata: { source: 'import' } }).when({ type: 'Note', text: 'x' })
  await note.then({ events: [{ type: 'Noted', text: 'x' }], metadata: { source: 'import' } })
  expect(await rejectionOf(note.then({ metadata: { source: 'other' } }))).toMatchObject({
    message: expect.stringContaining('other metadata than expected'),
  })
})

describe('the outcome of a command', () => {
  test('has the events that it wrote, of a batch its own', async () => {
    const { execute } = open()
    const outcomes = await Promise.all(['x', 'y', ''].map(async (text) => execute({ type: 'Note', text })))
    expect(outcomes).toMatchObject([
      { revision: 1, events: [{ type: 'Noted', text: 'x' }] },
      { revision: 1, events: [{ type: 'Noted', text: 'y' }] },
      { events: [] },
    ])
  })

  test.each(['x', ''])('has events that nobody can change, for the text "%s"', async (text) => {
    const outcome = await open().execute({ type: 'Note', text })
    const { events = [] } = outcome.kind === 'replied' ? outcome : {}
    expect(events).toHaveLength(text.length)
    expect([events, ...events].filter((part) => !Object.isFrozen(part))).toEqual([])
  })

  test('has none where it is the recorded one', async () => {
    const { execute } = open()
    await execute({ type: 'Note', text: 'x' }, { commandId: 'n-1' })
    const again = await execute(
      { type: 'Note', text: 'x' },
      { commandId: 'n-1', metadata: { ignored: true } },
    )
    expect(again).toMatchObject({ replayed: true, revision: 1 })
    expect(again).not.toHaveProperty('events')
  })
})
