import { describe, expect, test } from 'vitest'
import { readEvents, type ReadEventsOptions } from '../../../src/core/history/audit-trail.ts'
import { keyValueJournal } from '../../../src/journal/key-value-journal.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counterReader } from '../../helpers/counter.ts'
import { faultyStore, replyLost, requestLost } from '../../helpers/faulty-store.ts'
import { counted, firstTime, writeHistory, type WrittenCommit } from '../../helpers/written-history.ts'

const key = { entityType: 'counter', entityId: 'c-1' }

async function opened(commits: readonly WrittenCommit[]) {
  const store = memoryStore()
  const ranges: string[] = []
  const journal = keyValueJournal({
    ...store,
    range(name, from, limit, request) {
      ranges.push(`${from} ${limit}`)
      return store.range(name, from, limit, request)
    },
  })
  await writeHistory(journal, key, commits)
  ranges.length = 0
  const reader = counterReader(journal)
  const read = (options: ReadEventsOptions) => readEvents(reader, 'c-1', options)
  return { reader, read, ranges }
}

/** All events of an entity by following `next`, and the sizes of the pages. */
async function followed(read: Awaited<ReturnType<typeof opened>>['read'], options: ReadEventsOptions) {
  const numbers: number[] = []
  const sizes: number[] = []
  for (let after: number | undefined, pages = 0; pages < 2_000; pages++) {
    const page = await read({ ...options, after })
    numbers.push(...page.events.map(({ sequenceNr }) => sequenceNr))
    sizes.push(page.events.length)
    if (page.next === undefined) return { numbers, sizes }
    after = page.next
  }
  throw new Error('next does not end')
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const none = (count: number) => Array.from({ length: count }, () => 0)

describe('readEvents', () => {
  test('gives each event its number, revision, time, type and payload', async () => {
    const { read } = await opened(counted(2, 0, 1))
    expect(await read({ limit: 10 })).toEqual({
      revision: 3,
      events: [
        { sequenceNr: 1, revision: 1, timestamp: firstTime, type: 'Counted', payload: { by: 1 } },
        { sequenceNr: 2, revision: 1, timestamp: firstTime, type: 'Counted', payload: { by: 2 } },
        { sequenceNr: 3, revision: 3, timestamp: firstTime + 2_000, type: 'Counted', payload: { by: 3 } },
      ],
    })
  })

  test('gives each event the command id, principal and trace of the command that caused it', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const outcome = { kind: 'replied' as const, reply: null }
    const [commit] = counted(4)
    const parts = {
      receipts: [
        { commandId: 'one', fingerprint: 'f', firstEvent: 0, eventCount: 2, outcome },
        { commandId: 'two', fingerprint: 'f', firstEvent: 3, eventCount: 1, outcome },
      ],
      causes: [{ firstEvent: 2, eventCount: 2, principal: 'user-1', traceparent }],
    }
    const { read } = await opened([{ events: commit?.events ?? [], parts }])
    const { events } = await read({ limit: 10 })
    expect(events.map((event) => [event.commandId, event.principal, event.traceparent])).toEqual([
      ['one', undefined, undefined],
      ['one', undefined, undefined],
      [undefined, 'user-1', traceparent],
      ['two', 'user-1', traceparent],
    ])
  })

  test('is empty, at revision 0 or more, for an entity without events', async () => {
    const { read } = await opened([])
    expect(await read({ limit: 1 })).toEqual({ events: [], revision: 0 })
    const rejecting = await opened(counted(0, 0))
    expect(await rejecting.read({ limit: 1 })).toEqual({ events: [], revision: 2 })
    expect(await rejecting.read({ limit: 1, newestFirst: true })).toEqual({ events: [], revision: 2 })
  })

  test('works where onEvent fails: nothing is folded', async () => {
    const { reader } = await opened(counted(1, 1))
    const failing = { ...reader, definition: { ...reader.definition, onEvent: () => undefined } }
    expect((await readEvents(failing, 'c-1', { limit: 5 })).events).toHaveLength(2)
  })

  test.for<[string, readonly number[]]>([
    ['one event a commit', upTo(60).map(() => 1)],
    ['commits of 0 to 3 events', upTo(80).map((n) => (n * 7) % 4)],
    ['commits without events at both ends', [...none(50), 1, 2, ...none(40), 3, ...none(60)]],
  ])('gives the same events however it is cut into pages: %s', async ([, sizes]) => {
    const { read } = await opened(counted(...sizes))
    const all = upTo(sizes.reduce((sum, size) => sum + size))
    for (const options of [
      { limit: 1 },
      { limit: 3 },
      { limit: 1_000 },
      { limit: 50, maxCommits: 1 },
      { limit: 50, maxBytes: 300 },
    ]) {
      expect((await followed(read, options)).numbers).toEqual(all)
      expect((await followed(read, { ...options, newestFirst: true })).numbers).toEqual(all.toReversed())
    }
  })

  test('begins after any event, in both directions', async () => {
    const { read } = await opened(counted(...upTo(30).map((n) => n % 4)))
    const last = (await read({ limit: 100 })).events.length
    for (let after = 0; after <= last + 2; after++) {
      const forward = await read({ after, limit: 4 })
      expect(forward.events.map(({ sequenceNr }) => sequenceNr)).toEqual(upTo(last).slice(after, after + 4))
      expect(forward.next).toBe(after + 4 < last ? after + 4 : undefined)
      const back = await read({ after, limit: 4, newestFirst: true })
      const before = upTo(Math.min(after - 1, last))
        .toReversed()
        .slice(0, 4)
      expect(back.events.map(({ sequenceNr }) => sequenceNr)).toEqual(before)
      expect(back.next).toBe((before.at(-1) ?? 1) > 1 ? before.at(-1) : undefined)
    }
  })

  test('ends a page before the bytes it was given, but never without an event', async () => {
    const { read } = await opened(counted(...upTo(20).map(() => 1)))
    const [event] = (await read({ limit: 1 })).events
    const each = JSON.stringify(event).length
    expect((await read({ limit: 20, maxBytes: 3 * each })).events).toHaveLength(3)
    expect((await read({ limit: 20, maxBytes: 1 })).events).toHaveLength(1)
  })

  test.for<[string, Record<string, unknown> | null | undefined, string]>([
    ['nothing', undefined, 'options must be an object such as { limit: 100 }, not undefined.'],
    ['null', null, 'options must be an object such as { limit: 100 }, not null.'],
    ['no limit', {}, 'limit must be a whole number from 1 on, not undefined.'],
    ['a limit of 0', { limit: 0 }, 'limit must be a whole number from 1 on, not 0.'],
    ['a text', { limit: 1, after: '7' }, 'after must be a whole number from 0 on, not a string.'],
    ['a fraction', { limit: 1, maxCommits: 1.5 }, 'maxCommits must be a whole number from 1 on, not 1.5.'],
  ])('refuses %s and names the option', async ([, options, message]) => {
    const { reader } = await opened([])
    const reading = readEvents(reader, 'c-1', options as unknown as ReadEventsOptions)
    await expect(reading).rejects.toMatchObject({ name: 'TypeError', message })
  })
})

test('readEvents survives lost requests: they are repeated', async () => {
  const store = faultyStore(memoryStore())
  const journal = keyValueJournal(store)
  await writeHistory(journal, key, counted(1, 1, 1, 1))
  const reader = counterReader(journal)
  store.plan('recover', requestLost)
  store.plan('range', requestLost, replyLost, requestLost)
  const page = await readEvents(reader, 'c-1', { after: 1, limit: 2 })
  expect(page).toMatchObject({ events: [{ sequenceNr: 2 }, { sequenceNr: 3 }], next: 3, revision: 4 })
})

describe('readEvents costs', () => {
  async function costs(sizes: readonly number[], options: ReadEventsOptions) {
    const { read, reader, ranges } = await opened(counted(...sizes))
    const page = await read(options)
    return { requests: reader.requests(), ranges, events: page.events.length, next: page.next }
  }

  test('two requests for the first page and the newest, and no record too many', async () => {
    const sizes = upTo(200).map(() => 1)
    const first = await costs(sizes, { limit: 10 })
    expect(first).toMatchObject({ ranges: expect.arrayContaining(['1 10']) as unknown, events: 10, next: 10 })
    const newest = await costs(sizes, { limit: 10, newestFirst: true })
    expect(newest).toMatchObject({
      ranges: expect.arrayContaining(['190 11']) as unknown,
      events: 10,
      next: 191,
    })
  })

  test('a search of one request and a page of one in the middle of a regular history', async () => {
    const { read, ranges } = await opened(counted(...upTo(200).map(() => 1)))
    expect((await read({ after: 150, limit: 10 })).events.map(({ sequenceNr }) => sequenceNr)).toEqual(
      upTo(10).map((n) => 150 + n),
    )
    expect(ranges.slice(-2)).toEqual(['150 2', '151 10'])
  })

  test.for<[string, readonly number[], ReadEventsOptions]>([
    ['before the only event', [...none(1_500), 1], { limit: 1 }],
    ['before the events', [...none(1_500), ...upTo(10).map(() => 1)], { limit: 100 }],
    ['between two events', [1, ...none(1_500), 1], { limit: 2 }],
    ['between two events, newest first', [1, ...none(1_500), 1], { limit: 2, newestFirst: true }],
    ['after the events, newest first', [1, 1, ...none(1_500)], { limit: 2, newestFirst: true }],
    ['after the events', [1, 1, ...none(1_500)], { limit: 2, after: 1 }],
  ])('a few requests with 1,500 commits without events %s', async ([, sizes, options]) => {
    const { requests, events } = await costs(sizes, options)
    expect(events).toBeGreaterThan(0)
    // The head of this history, in which no state rides along, takes three of them.
    expect(requests).toBeLessThanOrEqual(3 + 4 + Math.ceil(Math.log2(sizes.length)) + 11)
  })

  test('requests that grow with the logarithm where few commits have events', async () => {
    const sizes = upTo(3_000).map((n) => (n % 15 === 0 ? 1 : 0))
    const { requests, events, next } = await costs(sizes, { limit: 100 })
    expect(requests).toBeLessThanOrEqual(12)
    expect([events, next]).toEqual([events, events])
    expect(events).toBeGreaterThan(40)
  })
})
