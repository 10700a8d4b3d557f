import {
  type AnyEntity,
  createEngine,
  type Engine,
  entity,
  InMemoryJournal,
  isTailfoldError,
  type StandardSchema,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { inspect } from 'node:util'
import { z } from 'zod'
import { type Platform, sleep } from '../../../src/core/base/platform.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { secretValue, shelf } from '../../helpers/http-shelf.ts'
import { schemaOf } from '../../helpers/schema.ts'

/** Any command, as it may come from outside. */
type Sent = { readonly type: string; readonly [field: string]: unknown }

function open(definition: AnyEntity = shelf as unknown as AnyEntity) {
  const journal = new InMemoryJournal()
  const platform = virtualPlatform()
  const engine = createEngine(definition, { journal, platform }) as unknown as Engine<Sent>
  return { journal, platform, engine }
}

const withCommands = (commands: Readonly<Record<string, StandardSchema>>) =>
  ({ ...shelf, commands }) as unknown as AnyEntity

async function errorOf(outcome: Promise<unknown>) {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isTailfoldError(error)) throw new Error(`That was no TailfoldError: ${inspect(error)}`)
  return error
}

const names = (journal: InMemoryJournal) =>
  Array.fromAsync(
    journal.load({ entityType: 'shelf', entityId: 's' }),
    ({ event }) => (event as { item: string }).item,
  )

function rejectWithNothing(): never {
  // oxlint-disable-next-line typescript/only-throw-error -- as code of a user may
  throw undefined
}

describe('commands', () => {
  test('are carried out in the order they were sent in, though each goes through its schema', async () => {
    const { engine, journal } = open()
    const items = Array.from({ length: 20 }, (_, index) => `item ${index}`)
    await Promise.all(items.map((item) => engine.execute('s', { type: 'Put', item })))
    expect(await names(journal)).toEqual(items)
  })

  test('whose schemas are asynchronous are carried out in the order in which those answer', async () => {
    const answers = new Map<string, () => void>()
    const order = schemaOf(async (value) => {
      const { item } = value as { item: string }
      await new Promise<void>((resolve) => answers.set(item, resolve))
      return { value: { item } }
    })
    const { engine, journal } = open(withCommands({ Order: order }))
    const items = ['one', 'two']
    const sent = items.map((item) => engine.execute('s', { type: 'Order', item }))
    for (const index of [1, 0]) {
      answers.get(items[index] ?? '')?.()
      await sent[index]
    }
    expect(await names(journal)).toEqual(['two', 'one'])
  })

  test('that wait for their schemas keep the engine from being idle', async () => {
    let answer = () => {}
    const slow = schemaOf(async () => {
      await new Promise<void>((resolve) => (answer = resolve))
      return { value: { item: 'pen' } }
    })
    const { engine, journal } = open(withCommands({ Order: slow }))
    const outcome = engine.execute('s', { type: 'Order' })
    const idle = engine.idle()
    answer()
    await idle
    expect(await names(journal)).toEqual(['pen'])
    await outcome
  })

  test('whose schema never answers fail by their deadline, before anything is read', async () => {
    const { engine, platform } = open()
    const started = platform.now()
    const error = await errorOf(engine.execute('s', { type: 'Hang' }, { deadline: started + 500 }))
    expect(error).toMatchObject({ code: 'handler-failed', data: { entity: 'shelf/s', handler: 'schema' } })
    expect(platform.now() - started).toBe(500)
  })

  test('are told apart by what was sent, even where a schema changes it in place', async () => {
    const hasty = schemaOf((value) => {
      const { items } = value as { items: string[] }
      return { value: { item: items.splice(0).join() } }
    })
    const { engine } = open(withCommands({ Order: hasty }))
    const put = (items: string[]) => engine.execute('s', { type: 'Order', items }, { commandId: 'k' })
    await put(['pen'])
    expect(await put(['pen'])).toMatchObject({ replayed: true })
    expect((await errorOf(put(['ink']))).code).toBe('command-id-reused')
  })

  test.each([
    ['a list', []],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['nothing', null],
    ['a number', 5],
  ])('of which a schema makes %s are the fault of the schema', async (_, made) => {
    const { engine } = open(withCommands({ Odd: schemaOf(() => ({ value: made as never })) }))
    expect(await errorOf(engine.execute('s', { type: 'Odd' }))).toMatchObject({
      code: 'handler-failed',
      data: { handler: 'schema' },
    })
  })

  test.each([
    ['at once', () => rejectWithNothing()],
    ['later', async () => rejectWithNothing()],
  ])('whose schema throws nothing at all, %s, fail because of it', async (_, check) => {
    const { engine } = open(withCommands({ Odd: schemaOf(check) }))
    expect(await errorOf(engine.execute('s', { type: 'Odd' }))).toMatchObject({
      code: 'handler-failed',
      data: { handler: 'schema' },
    })
  })

  test('cannot be given another name, or another replyTo, by their schemas', async () => {
    const told: unknown[] = []
    const forged = { type: 'Misplace', item: 'pen', count: 1, replyTo: { tell: () => told.push('forged') } }
    const { engine, journal } = open(withCommands({ Put: schemaOf(() => ({ value: forged })) }))
    const replyTo = { tell: (reply: unknown) => void told.push(reply) }
    await engine.execute('s', { type: 'Put' }, { replyTo })
    expect(await names(journal)).toEqual(['pen'])
    expect(told).toEqual([{ item: 'pen', count: 1, unknown: [] }])
  })
})

describe('events', () => {
  test('are checked before they are folded', async () => {
    const { engine } = open({
      ...(shelf as unknown as AnyEntity),
      onEvent() {
        throw new Error('folded')
      },
    })
    const error = await errorOf(engine.execute('s', { type: 'Crack', size: 'big' }))
    expect(error.message).toBe(
      'onCommand of shelf/s persisted a Broken that does not fit its schema (1 issue). Nothing was written.',
    )
  })

  test('are stored as they were persisted, not as their schema would make them', async () => {
    const events = { Put: z.object({ item: z.string().toUpperCase(), count: z.number() }) }
    const { engine, journal } = open({ ...shelf, events } as unknown as AnyEntity)
    await engine.execute('s', { type: 'Put', item: 'pen' })
    expect(await names(journal)).toEqual(['pen'])
  })

  test('cannot be changed by their schema', async () => {
    const events = {
      Put: schemaOf((value) => ({ value: Object.assign((value as { in: object }).in, { x: 1 }) })),
    }
    const onCommand = () => ({ kind: 'persisted', events: [{ type: 'Put', in: {} }] }) as const
    const { engine } = open({ ...shelf, events, onCommand } as unknown as AnyEntity)
    expect(await errorOf(engine.execute('s', { type: 'Put', item: 'pen' }))).toMatchObject({
      code: 'handler-failed',
      data: { handler: 'schema' },
      cause: expect.any(TypeError),
    })
  })

  test('whose schema never answers fail the command, and hold up no later one', async () => {
    const events = { ...shelf.events, Put: schemaOf(() => new Promise(() => {})) }
    const { engine, platform } = open({ ...shelf, events } as unknown as AnyEntity)
    const options = { deadline: platform.now() + 500 }
    expect(await errorOf(engine.execute('s', { type: 'Put', item: 'pen' }, options))).toMatchObject({
      code: 'handler-failed',
      data: { handler: 'schema' },
    })
    expect(await engine.execute('s', { type: 'Reserve', until: '2026-03-01T00:00:00Z' })).toMatchObject({
      revision: 1,
    })
  })
})

describe('a schema whose turn came late', () => {
  /** The first Put takes most of the time that both have. */
  const slowFor = (platform: Platform, item: unknown) =>
    item === 'slow' ? sleep(platform, 400) : new Promise<void>(() => {})

  test.each(['events', 'replies'])('is not to blame: one of %s', async (group) => {
    const platform = virtualPlatform()
    const Put = schemaOf(async (value) => {
      await slowFor(platform, (value as { item: unknown }).item)
      return { value }
    })
    const definition = { ...shelf, events: undefined, [group]: { Put } } as unknown as AnyEntity
    const engine = createEngine(definition, { journal: new InMemoryJournal(), platform })
    const put = (item: string) =>
      engine.execute('s', { type: 'Put', item, count: 1 } as never, { deadline: platform.now() + 500 })
    const [slow, late] = await Promise.allSettled([put('slow'), put('late')])
    expect(slow).toMatchObject({ status: 'fulfilled' })
    expect(late).toMatchObject({
      reason: {
        code: 'conflict-budget-exhausted',
        retryable: true,
        message: expect.stringContaining('shelf/s'),
      },
    })
  })

  test('is waited for until the deadline of its command, not until that of a neighbour', async () => {
    const { engine, platform } = open({
      ...shelf,
      events: { ...shelf.events, Put: schemaOf(() => new Promise(() => {})) },
    } as unknown as AnyEntity)
    const started = platform.now()
    const put = engine.execute('s', { type: 'Put', item: 'pen' }, { deadline: started + 500 })
    const other = engine.execute('s', { type: 'Reserve', until: '2026-03-01T00:00:00Z' })
    expect(await errorOf(put)).toMatchObject({ code: 'handler-failed', data: { handler: 'schema' } })
    expect(await other).toMatchObject({ revision: 1 })
    expect(platform.now() - started).toBeLessThan(600)
  })
})

describe('an error of a schema', () => {
  test.each([
    { type: 'Stock', items: [{ sku: 'a', 'per/~box': secretValue }] },
    { type: 'Crack', size: secretValue },
    { type: 'Answer', reply: { found: secretValue } },
  ])('for $type holds its issues where no log shows them', async (command) => {
    const { engine } = open()
    const error = await errorOf(engine.execute('s', command))
    expect(error.data).toHaveProperty('issues.0.message', expect.stringContaining(secretValue))
    expect(inspect(error, { depth: 9 })).not.toContain(secretValue)
    expect(error.message + JSON.stringify(error)).not.toContain(secretValue)
  })
})

describe('entity', () => {
  test.each(['commands', 'events', 'replies'])('refuses %s that hold no Standard Schema', (group) => {
    const definition = { ...shelf, [group]: { Put: { parse: () => ({}) } } }
    expect(() => entity(definition)).toThrow(
      new TypeError(`${group}.Put of shelf is not a Standard Schema (https://standardschema.dev).`),
    )
  })

  test('takes schemas that are functions', () => {
    const callable = Object.assign(
      () => {},
      schemaOf(() => ({ value: {} })),
    )
    const definition = { ...shelf, events: { ...shelf.events, Put: callable } }
    expect(entity(definition as never)).toMatchObject({ events: { Put: callable } })
  })
})
