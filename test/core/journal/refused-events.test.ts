import { type EntityKey, InMemoryJournal, type PersistedEvent, type Snapshot } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { rejectionOf } from '../../helpers/thrown.ts'

const entity: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const event = (changes: object = {}): PersistedEvent => ({
  sequenceNr: 1,
  event: { type: 'Counted' },
  timestamp: 1_000,
  ...changes,
})
const second = (changes: object = {}) => event({ sequenceNr: 2, ...changes })

const wrongTimes: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1.5,
  8.64e15 + 2,
  '2024-01-02T03:04:05Z',
  new Date(0),
  undefined,
  null,
]
const timeMessage = 'A timestamp must be whole milliseconds since the Unix epoch, within the range of Date'

async function expectNothing(journal: InMemoryJournal): Promise<void> {
  expect(await Array.fromAsync(journal.load(entity))).toEqual([])
}

describe('persist refuses what could not be read back as it was given, and writes nothing', () => {
  test.for(wrongTimes)('a timestamp of %s', async (timestamp) => {
    const journal = new InMemoryJournal()
    const error = await rejectionOf(journal.persist(entity, [event({ timestamp })]))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(timeMessage)
    await expectNothing(journal)
  })

  test.for([
    {
      what: 'events of one commit with two timestamps',
      events: [event(), second({ timestamp: 1_001 })],
      says: 'share one timestamp',
    },
    { what: 'the same sequence number twice', events: [event(), event()], says: 'expected 2, got 1' },
    {
      what: 'a gap between sequence numbers',
      events: [event(), event({ sequenceNr: 9 })],
      says: 'expected 2, got 9',
    },
    { what: 'sequence number 0', events: [event({ sequenceNr: 0 })], says: 'at least 1; got 0' },
    { what: 'half a sequence number', events: [event({ sequenceNr: 1.5 })], says: 'at least 1; got 1.5' },
    { what: 'text as a sequence number', events: [event({ sequenceNr: '1' })], says: 'at least 1; got "1"' },
    { what: 'no sequence number', events: [event({ sequenceNr: undefined })], says: 'got undefined' },
    { what: 'an event without a type', events: [event({ event: {} })], says: 'a text in `type`' },
    {
      what: 'an event with a number as type',
      events: [event({ event: { type: 7 } })],
      says: 'a text in `type`',
    },
    { what: 'an event that is a text', events: [event({ event: 'Counted' })], says: 'a text in `type`' },
    { what: 'an event that is null', events: [event({ event: null })], says: 'a text in `type`' },
    {
      what: 'an event that is a list',
      events: [event({ event: [{ type: 'Counted' }] })],
      says: 'a text in `type`',
    },
    {
      what: 'a second event without a type',
      events: [event(), second({ event: {} })],
      says: 'Event 2 must be',
    },
  ])('$what', async ({ events, says }) => {
    const journal = new InMemoryJournal()
    const error = await rejectionOf(journal.persist(entity, events))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(says)
    await expectNothing(journal)
  })

  test.for([{ at: new Date(0) }, { by: Number.NaN }, { by: 1n }, { items: new Map() }, { run: () => {} }])(
    'an event that JSON cannot hold, as one with %o',
    async (fields) => {
      const journal = new InMemoryJournal()
      const persisted = journal.persist(entity, [event({ event: { type: 'Counted', ...fields } })])
      expect(await rejectionOf(persisted)).toMatchObject({ code: 'not-json' })
      await expectNothing(journal)
    },
  )

  test.for([{ events: 1, commitId: 'c', revision: 1 }, { note: 'mine' }, 'mine', null])(
    'metadata of others, as %j',
    async (metadata) => {
      const journal = new InMemoryJournal()
      expect(await rejectionOf(journal.persist(entity, [event({ metadata })]))).toMatchObject({
        code: 'store-unavailable',
        retryable: false,
        data: { applied: 'no' },
      })
      await expectNothing(journal)
    },
  )

  test.for(['', 'x'.repeat(513), 'a\u0000b', '\ud800'])('the entity id %j', async (entityId) => {
    const journal = new InMemoryJournal()
    expect(await rejectionOf(journal.persist({ ...entity, entityId }, [event()]))).toMatchObject({
      code: 'invalid-id',
    })
    expect(await rejectionOf(Array.fromAsync(journal.load({ ...entity, entityId })))).toMatchObject({
      code: 'invalid-id',
    })
  })

  test.for(['', 'a/b', '~acme', 'ä', '~ac me/account'])('the entity type %j', async (entityType) => {
    const persisted = new InMemoryJournal().persist({ ...entity, entityType }, [event()])
    expect(await rejectionOf(persisted)).toBeInstanceOf(TypeError)
  })
})

describe('persist takes', () => {
  test('what load gave', async () => {
    const [from, to] = [new InMemoryJournal(), new InMemoryJournal()]
    await from.persist(entity, [event(), second()])
    const loaded = await Array.fromAsync(from.load(entity))
    expect(await to.persist(entity, loaded)).toBe('persisted')
    expect(await Array.fromAsync(to.load(entity))).toMatchObject([event(), second()])
  })

  test('times at the ends of what Date knows, and before 1970', async () => {
    const journal = new InMemoryJournal()
    const times = [-8.64e15, -1, 0, 8.64e15]
    for (const [index, timestamp] of times.entries())
      expect(await journal.persist(entity, [event({ sequenceNr: index + 1, timestamp })])).toBe('persisted')
    expect((await Array.fromAsync(journal.load(entity))).map(({ timestamp }) => timestamp)).toEqual(times)
  })

  test('entities of tenants, named in either way', async () => {
    const journal = new InMemoryJournal()
    await journal.persist({ entityType: '~acme/account', entityId: '1' }, [event()])
    const found = journal.load({ tenant: 'acme', entityType: 'account', entityId: '1' })
    expect(await Array.fromAsync(found)).toHaveLength(1)
  })
})

describe('saveSnapshot refuses what could not be read back as it was given', () => {
  const snapshot = (changes: object): Snapshot => ({ sequenceNr: 1, state: {}, timestamp: 7, ...changes })

  async function refusalOf(changes: object) {
    const journal = new InMemoryJournal({ inlineState: false })
    await journal.persist(entity, [event()])
    const error = await rejectionOf(journal.saveSnapshot(entity, snapshot(changes)))
    expect(await journal.loadSnapshot(entity)).toBeUndefined()
    return error
  }

  test.for(wrongTimes)('a timestamp of %s', async (timestamp) => {
    expect(String(await refusalOf({ timestamp }))).toContain(timeMessage)
  })

  test.for([0, 2, 1.5, Number.NaN, '1'])(
    'sequence number %j, at which no commit ends',
    async (sequenceNr) => {
      expect(await refusalOf({ sequenceNr })).toBeInstanceOf(TypeError)
    },
  )

  test('a state that JSON cannot hold', async () => {
    expect(await refusalOf({ state: { at: new Date(0) } })).toMatchObject({ code: 'not-json' })
  })

  test('metadata of others', async () => {
    expect(await refusalOf({ metadata: { note: 'mine' } })).toMatchObject({ code: 'store-unavailable' })
  })
})

describe('load refuses', () => {
  test.for([0, 1.5, Number.NaN])('to begin at sequence number %d', async (from) => {
    const loaded = Array.fromAsync(new InMemoryJournal().load(entity, from))
    expect(await rejectionOf(loaded)).toBeInstanceOf(TypeError)
  })
})
