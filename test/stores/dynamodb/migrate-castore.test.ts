import { fileURLToPath } from 'node:url'
import { createEngine, systemPlatform } from 'tailfold'
import { toEventJournal } from 'tailfold/store'
import { verify } from 'tailfold/history'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { account, type AccountState } from '../../../functions/bank/account.ts'
import { toAccountEvent } from '../../../functions/migrate-castore/account-events.ts'
import { migrate, type MigrationReport } from '../../../functions/migrate-castore/migrate.ts'
import {
  allItems,
  amountOf,
  castoreItem,
  newCastoreTable,
  putItem,
  putItems,
} from '../../helpers/castore-table.ts'
import { ended } from '../../helpers/cli.ts'
import { accessKeyId, localClient, newTable } from '../../helpers/dynamodb.ts'

const client = localClient({ requestTimeoutMs: 30_000 })
let source: string
let target: string

beforeEach(async () => {
  source = await newCastoreTable(client)
  target = await newTable(client)
})

const journal = () => dynamoDbJournal({ client, tableName: target })
const run = (options: Partial<Parameters<typeof migrate>[0]> = {}): Promise<MigrationReport> =>
  migrate({
    from: { client, tableName: source, eventStoreId: 'ACCOUNTS' },
    journal: journal(),
    entity: account,
    toEvent: toAccountEvent,
    ...options,
  } as Parameters<typeof migrate>[0])

async function stateOf(accountId: string): Promise<AccountState> {
  const engine = createEngine(account, { journal: journal(), platform: systemPlatform })
  return (await engine.read(accountId)).state as AccountState
}

/** Accounts `acc-0` …, each with so many deposits of 1, 2, 3 … and a withdrawal of 1 at the end. */
async function fill(accounts: number, deposits: number): Promise<void> {
  const items = Array.from({ length: accounts }, (_, n) => [
    ...Array.from({ length: deposits }, (__, d) =>
      castoreItem(`acc-${n}`, d + 1, 'DEPOSITED', amountOf(d + 1 + n)),
    ),
    castoreItem(`acc-${n}`, deposits + 1, 'WITHDRAWN', amountOf(1)),
  ])
  await putItems(client, source, items.flat())
}

/** For a machine that is busy with other tests. */
const timeout = 60_000

describe('a migration from castore', { timeout }, () => {
  test('gives every account its balance, every event its revision and time, and leaves the originals', async () => {
    await fill(5, 10)
    const before = await allItems(client, source)
    expect(await run()).toEqual({ aggregates: 5, events: 55, written: 55, refused: [] })
    for (let n = 0; n < 5; n++) {
      expect(await stateOf(`acc-${n}`)).toEqual({ balance: 54 + 10 * n, txCount: 11 })
      expect(await verify(account, journal(), `acc-${n}`)).toEqual({
        revision: 11,
        sequenceNr: 11,
        stateRevision: 11,
      })
    }
    const events = await Array.fromAsync(
      toEventJournal(journal()).load({ entityType: 'account', entityId: 'acc-3' }),
    )
    expect(
      events.map(({ sequenceNr, timestamp, event, metadata }) => [sequenceNr, timestamp, event, metadata]),
    ).toEqual(
      Array.from({ length: 11 }, (_, n) => [
        n + 1,
        Date.UTC(2024, 0, 2, 3, 4, 5, n + 1),
        n < 10 ? { type: 'Deposited', amount: n + 4 } : { type: 'Withdrawn', amount: 1 },
        { revision: n + 1, commitId: `imported-${n + 1}` },
      ]),
    )
    expect(await allItems(client, source)).toEqual(before)
  })

  test('writes nothing twice, and adds what came since', async () => {
    await fill(3, 4)
    await run()
    const written = await allItems(client, target)
    expect(await run()).toMatchObject({ events: 15, written: 0 })
    expect(await allItems(client, target)).toEqual(written)
    await putItem(client, source, castoreItem('acc-1', 6, 'DEPOSITED', amountOf(100)))
    expect(await run()).toMatchObject({ events: 16, written: 1 })
    expect(await stateOf('acc-1')).toEqual({ balance: 113, txCount: 6 })
  })

  test('that breaks off is finished by the next', async () => {
    await fill(6, 10)
    const breaking = dynamoDbJournal({ client, tableName: target })
    const { append } = breaking
    let left = 30
    breaking.append = (...args) => (left-- > 0 ? append(...args) : Promise.reject(new Error('gone')))
    await expect(run({ journal: breaking })).rejects.toThrow('gone')
    const there = (await allItems(client, target)).length
    expect(there).toBe(30)
    expect(await run()).toEqual({ aggregates: 6, events: 66, written: 66 - there, refused: [] })
    for (let n = 0; n < 6; n++) expect(await stateOf(`acc-${n}`)).toMatchObject({ balance: 54 + 10 * n })
  })

  test('may run twice at once', async () => {
    await fill(6, 10)
    const [one, two] = await Promise.all([run(), run()])
    expect([one.refused, two.refused, one.written + two.written]).toEqual([[], [], 66])
    expect(await stateOf('acc-5')).toEqual({ balance: 104, txCount: 11 })
  })

  test('reads aggregates of more than one page', async () => {
    const filler = { metadata: { S: 'x'.repeat(100_000) } }
    const items = Array.from({ length: 15 }, (_, n) => ({
      ...castoreItem('acc-0', n + 1, 'DEPOSITED', amountOf(1)),
      ...filler,
    }))
    for (const item of items) await putItem(client, source, item)
    expect(await run()).toMatchObject({ aggregates: 1, events: 15, written: 15 })
  })

  test('takes the events of its own event store only', async () => {
    await fill(1, 1)
    await putItem(client, source, castoreItem('acc-0', 1, 'DEPOSITED', amountOf(7), 'CARTS'))
    await putItem(client, source, castoreItem('acc-0', 1, 'DEPOSITED', amountOf(7), 'ACCOUNTS#OLD'))
    await putItem(client, source, castoreItem('acc-0', 1, 'DEPOSITED', amountOf(7), 'OLD#ACCOUNTS'))
    expect(await run()).toEqual({ aggregates: 1, events: 2, written: 2, refused: [] })
  })

  test('hands every value of castore to toEvent as it was', async () => {
    const payload = {
      M: {
        amount: { N: '1' },
        owner: { S: 'Ä' },
        note: { S: '' },
        limit: { NULL: true as const },
        tags: { L: [{ S: 'a' }, { N: '0.1' }, { BOOL: true }] },
        nested: { M: {} },
      },
    }
    const metadata = { M: { userId: { S: 'u-1' } } }
    await putItem(client, source, castoreItem('a#b', 1, 'OPENED', { payload, metadata }))
    await putItem(client, source, castoreItem('a#b', 2, 'CLOSED'))
    const seen: unknown[] = []
    await run({
      toEvent(event) {
        seen.push(event)
        return { type: 'Deposited', amount: 1 }
      },
    })
    const timestamp = (ms: number) => `2024-01-02T03:04:05.00${ms}Z`
    expect(seen).toEqual([
      {
        aggregateId: 'a#b',
        version: 1,
        type: 'OPENED',
        timestamp: timestamp(1),
        payload: { amount: 1, owner: 'Ä', note: '', limit: null, tags: ['a', 0.1, true], nested: {} },
        metadata: { userId: 'u-1' },
      },
      { aggregateId: 'a#b', version: 2, type: 'CLOSED', timestamp: timestamp(2) },
    ])
  })
})

describe('a migration refuses an aggregate, and copies the others:', { timeout }, () => {
  const deposit = (version: number, fields = amountOf(1)) => castoreItem('bad', version, 'DEPOSITED', fields)
  test.for([
    {
      what: 'a gap',
      items: [deposit(1), deposit(3)],
      why: 'version 2 is missing: version 3 follows 1',
    },
    { what: 'no first event', items: [deposit(2)], why: 'version 1 is missing: version 2 follows 0' },
    {
      what: 'an event that the mapping does not know',
      items: [deposit(1), castoreItem('bad', 2, 'RENAMED', { payload: { M: {} } })],
      why: 'version 2 cannot be converted: there is no event RENAMED of an account',
    },
    {
      what: 'a set',
      items: [deposit(1, { payload: { M: { amount: { NS: ['1'] } } } })],
      why: "payload of version 1.amount is of DynamoDB's type NS, which JSON cannot hold",
    },
    {
      what: 'a number that would lose digits',
      items: [deposit(1, { payload: { M: { amount: { N: '12345678901234567890' } } } })],
      why: 'payload of version 1.amount is 12345678901234567890, too large to be exact as a number; JSON cannot hold it otherwise',
    },
    {
      what: 'a time that is none',
      items: [{ ...deposit(1), timestamp: { S: 'yesterday' } }],
      why: 'version 1 has no type or no timestamp, as text; was it written by castore?',
    },
  ])('$what', async ({ items, why }) => {
    await fill(2, 3)
    await putItems(client, source, items)
    expect(await run()).toEqual({
      aggregates: 3,
      events: 8,
      written: 8,
      refused: [{ aggregateId: 'bad', why }],
    })
    expect(await verify(account, journal(), 'bad')).toMatchObject({ revision: 0 })
  })

  test('an entity that took commands before all its events were copied', async () => {
    await fill(1, 3)
    await run()
    await createEngine(account, { journal: journal(), platform: systemPlatform }).execute('acc-0', {
      type: 'Deposit',
      amount: 1,
    })
    expect(await run()).toMatchObject({ written: 0, refused: [] })
    await putItem(client, source, castoreItem('acc-0', 5, 'DEPOSITED', amountOf(1)))
    expect((await run()).refused).toEqual([
      {
        aggregateId: 'acc-0',
        why: 'the journal holds another event at revision 5: the entity took commands since',
      },
    ])
  })

  test('but rejects when a table is not there', async () => {
    await fill(1, 1)
    target = 'not-there'
    await expect(run()).rejects.toMatchObject({ code: 'store-unavailable' })
    source = 'not-there'
    await expect(run()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe('functions/migrate-castore/main.ts', { timeout }, () => {
  const program = fileURLToPath(new URL('../../../functions/migrate-castore/main.ts', import.meta.url))
  const main = () => {
    const args = [
      '--conditions=tailfold-source',
      program,
      '--from',
      source,
      '--event-store',
      'ACCOUNTS',
      '--to',
      target,
    ]
    const settings = {
      AWS_ENDPOINT_URL_DYNAMODB: inject('endpoint'),
      AWS_REGION: 'local',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'secret',
    }
    return ended(process.execPath, args, { ...process.env, ...settings })
  }

  test('says what it copied, and fails when it refused an aggregate', async () => {
    await fill(2, 3)
    expect(await main()).toEqual({
      exitCode: 0,
      stdout: '2 aggregates: 8 events in the journal, 8 of them new\n',
      stderr: '',
    })
    await putItem(client, source, castoreItem('acc-2', 2, 'DEPOSITED', amountOf(1)))
    expect(await main()).toEqual({
      exitCode: 1,
      stdout: '3 aggregates: 8 events in the journal, 0 of them new\n',
      stderr: 'acc-2: version 1 is missing: version 2 follows 0\n',
    })
  })
})
