import { type EventJournal, KeyValueJournal, memoryStore } from 'tailfold'
import { type App, type AuditEvent, type AuditPage, createApp } from 'tailfold/http'
import { describe, expect, test } from 'vitest'
import { fourMethodJournal } from '../helpers/four-method-journal.ts'
import { account } from '../helpers/http-account.ts'

async function send(app: App, command: string, fields: object, commandId?: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': commandId }
  const body = JSON.stringify(fields)
  const { status } = await app.handle({
    method: 'POST',
    path: `/account/a/${command}`,
    query: '',
    headers,
    body,
  })
  return status
}

async function trail(app: App, query = '') {
  const answer = await app.handle({
    method: 'GET',
    path: '/account/a/events',
    query,
    headers: {},
    body: undefined,
  })
  expect(answer.status).toBe(200)
  return { etag: answer.headers['etag'], page: JSON.parse(answer.body ?? '') as AuditPage }
}

/** Two events, a refusal without events, three events, one event. */
async function fill(app: App): Promise<void> {
  await send(app, 'Split', { amounts: [1, 2] }, 'first')
  await send(app, 'Withdraw', { amount: 1_000 }, 'refused')
  await send(app, 'Split', { amounts: [3, 4, 5] })
  await send(app, 'Withdraw', { amount: 6 }, 'last')
}

describe('the audit trail', () => {
  test('shows each event with number, revision, time, type, payload and command id', async () => {
    const journal = new KeyValueJournal(memoryStore())
    const app = createApp({ journal, entities: [account], authorize: 'everybody' })
    await fill(app)
    const { page, etag } = await trail(app)
    expect(etag).toBe('"4"')
    expect(page.next).toBeUndefined()
    const [timestamp] = new Set(page.events.map((event) => event.timestamp))
    expect(page.events.map((event) => ({ ...event, timestamp }))).toEqual([
      {
        timestamp,
        sequenceNr: 1,
        revision: 1,
        type: 'Deposited',
        payload: { amount: 1 },
        commandId: 'first',
      },
      {
        timestamp,
        sequenceNr: 2,
        revision: 1,
        type: 'Deposited',
        payload: { amount: 2 },
        commandId: 'first',
      },
      { timestamp, sequenceNr: 3, revision: 3, type: 'Deposited', payload: { amount: 3 } },
      { timestamp, sequenceNr: 4, revision: 3, type: 'Deposited', payload: { amount: 4 } },
      { timestamp, sequenceNr: 5, revision: 3, type: 'Deposited', payload: { amount: 5 } },
      { timestamp, sequenceNr: 6, revision: 4, type: 'Withdrawn', payload: { amount: 6 }, commandId: 'last' },
    ])
    const stored = await Array.fromAsync(journal.load({ entityType: 'account', entityId: 'a' }))
    expect(page.events.map((event) => event.timestamp)).toEqual(
      stored.map((event) => new Date(event.timestamp).toISOString()),
    )
  })

  test('names the command of each event in a commit of several commands', async () => {
    const app = createApp({
      journal: new KeyValueJournal(memoryStore()),
      entities: [account],
      authorize: 'everybody',
    })
    await Promise.all([
      send(app, 'Split', { amounts: [1, 2] }, 'one'),
      send(app, 'Deposit', { amount: 3 }),
      send(app, 'Deposit', { amount: 4 }, 'two'),
    ])
    const { page } = await trail(app)
    expect(page.events.map(({ revision, commandId }) => [revision, commandId])).toEqual([
      [1, 'one'],
      [1, 'one'],
      [1, undefined],
      [1, 'two'],
    ])
  })

  test('is 200 and empty for an entity that has only refused', async () => {
    const app = createApp({
      journal: new KeyValueJournal(memoryStore()),
      entities: [account],
      authorize: 'everybody',
    })
    await send(app, 'Withdraw', { amount: 1 }, 'refused')
    expect(await trail(app)).toEqual({ etag: '"1"', page: { events: [] } })
  })

  const journals: ReadonlyArray<readonly [string, () => EventJournal]> = [
    ['key-value', () => new KeyValueJournal(memoryStore())],
    ['four-method', fourMethodJournal],
  ]
  test.each(journals)(
    'of a %s journal has the same events however it is cut into pages',
    async (_, makeJournal) => {
      const app = createApp({ journal: makeJournal(), entities: [account], authorize: 'everybody' })
      for (let round = 0; round < 4; round++) await fill(app)
      for (let round = 0; round < 5; round++)
        await send(app, 'Withdraw', { amount: 1_000 }, `refused-${round}`)
      await send(app, 'Split', { amounts: [7, 8] })
      const all = (await trail(app, 'limit=1000')).page.events
      for (const limit of [1, 2, 5, 16]) {
        for (let after = 0; after <= all.length + 1; after++) {
          const { page } = await trail(app, `after=${after}&limit=${limit}`)
          const expected: readonly AuditEvent[] = all.slice(after, after + limit)
          expect(page.events).toEqual(expected)
          expect(page.next).toBe(after + limit < all.length ? after + limit : undefined)
        }
      }
    },
  )

  test('has a default page of 100 events', async () => {
    const app = createApp({
      journal: new KeyValueJournal(memoryStore()),
      entities: [account],
      authorize: 'everybody',
    })
    await send(app, 'Split', { amounts: Array.from({ length: 101 }, () => 1) })
    const { page } = await trail(app)
    expect([page.events.length, page.next]).toEqual([100, 100])
  })

  test('costs three requests for a page in the middle of a regular history, and no record too many', async () => {
    const store = memoryStore()
    const requests: string[] = []
    const journal = new KeyValueJournal({
      ...store,
      recover: (key, limit) => (requests.push('recover'), store.recover(key, limit)),
      range: (key, from, limit) => (requests.push(`range ${from} ${limit}`), store.range(key, from, limit)),
    })
    const writer = createApp({
      journal: new KeyValueJournal(store),
      entities: [account],
      authorize: 'everybody',
    })
    for (let round = 0; round < 200; round++) await send(writer, 'Deposit', { amount: 1 })
    const reader = createApp({ journal, entities: [account], authorize: 'everybody' })
    const { page } = await trail(reader, 'after=150&limit=10')
    expect(page.events.map(({ sequenceNr }) => sequenceNr)).toEqual(
      Array.from({ length: 10 }, (_, n) => 151 + n),
    )
    expect(requests).toEqual(['recover', 'range 150 2', 'range 150 12'])
  })
})
