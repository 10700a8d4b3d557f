import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import {
  type ChangeFeed,
  InMemoryJournal,
  memoryRows,
  memoryStore,
  type RowStore,
  type StoredRow,
} from 'tailfold'
import { catchUp, createConsumers, heldEntities, registrations } from 'tailfold/consumers'
import { sqliteRows } from 'tailfold/sqlite'
import { readViews, rebuildView } from 'tailfold/views'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { catchUpRequest } from '../../src/consumers/feed-cursor.ts'
import { positionsOf } from '../../src/consumers/positions.ts'
import { rowItem, rowOf } from '../../src/stores/dynamodb/rows/row-form.ts'
import { wasRebuilt } from '../../src/views/rebuild-place.ts'
import { chosenVersion } from '../../src/views/switch-view.ts'
import golden from '../golden/consumer-rows.json' with { type: 'json' }
import withoutTime from '../golden/rows-without-time.json' with { type: 'json' }
import { endlessFeed, onePage, writers, writtenAt, writtenRows } from '../helpers/consumer-rows.ts'
import { temporaryFolder } from '../helpers/local-server.ts'

const goldenRows = golden.map(({ row }) => row as StoredRow)

async function storedIn(rows: RowStore): Promise<void> {
  await rows.write(goldenRows.map((row) => ({ row, when: -1 })))
}

test('consumers and views write their rows as in the golden file', async () => {
  expect(await writtenRows()).toEqual(goldenRows)
})

describe('rows of the golden file', () => {
  let rows: RowStore
  beforeEach(async () => {
    rows = memoryRows()
    await storedIn(rows)
  })

  test('are read as positions', async () => {
    const keys = ['counter/delivered', '~acme/counter/delivered', 'counter/gone', 'counter/never']
    const positions = await positionsOf(rows, 'mail@1').read(keys)
    expect(keys.map((key) => positions.get(key)?.revision)).toEqual([1, 1, 2, 0])
  })

  test.each(['parked', 'retry', 'behind'] as const)(
    'are read as entities that are held: %s',
    async (state) => {
      const expected = {
        parked: {
          key: 'counter/parked',
          revision: 2,
          attempts: 1,
          code: 'unlucky',
          error: '13 cannot be mailed',
        },
        retry: {
          key: 'counter/released',
          revision: 1,
          attempts: 1,
          code: 'unlucky',
          error: '13 cannot be mailed',
        },
        behind: { key: 'counter/behind', revision: 1, attempts: 0 },
      }[state]
      const { entities } = await heldEntities(rows, 'mail@1', state)
      expect(entities).toEqual([{ state, since: writtenAt, ...expected }])
    },
  )

  test('are read as registrations, whose time and shape count', async () => {
    expect(await registrations(rows)).toMatchObject([
      { consumer: 'mail@1', startedAt: writtenAt, startFrom: 'beginning', entityTypes: ['counter'] },
      { consumer: 'spread@1', startedAt: writtenAt, shape: expect.stringContaining('each in 2 parts') },
      { consumer: 'sums@2', startedAt: writtenAt, shape: expect.any(String) },
      { consumer: 'totals@1', startedAt: writtenAt, shape: expect.any(String) },
    ])
  })

  test('are read as a catch-up that was asked for, and as none', async () => {
    const requestOf = async (id: string) => catchUpRequest(rows, { id, startFrom: 'beginning' })
    expect([await requestOf('sums@2'), await requestOf('mail@1')]).toEqual([
      { run: '0', end: expect.any(Function) },
      undefined,
    ])
  })

  test('are read as the places where a catch-up and a rebuild go on', async () => {
    const consumers = createConsumers({ journal: new InMemoryJournal(), rows, consumers: [writers.mail] })
    const cursors: (string | undefined)[] = []
    const feed: ChangeFeed = {
      changes: (cursor, limit, request) => {
        cursors.push(cursor)
        return endlessFeed.changes(cursor, limit, request)
      },
    }
    await catchUp(consumers, { ...onePage(feed), only: 'mail@1', run: '3' })
    await rebuildView(writers.sums, { ...onePage(feed), store: memoryStore(), rows })
    await rebuildView(writers.totals, { ...onePage(feed), store: memoryStore(), rows })
    expect(cursors).toEqual(['{"scan":["start"]}', '{"scan":["start"]}', undefined])
  })

  test('are read as the version that was chosen, and as a rebuild that is complete', async () => {
    expect(await chosenVersion(rows, 'sums')).toBe(2)
    expect(await wasRebuilt(rows, 'totals@1')).toBe(true)
    expect(await wasRebuilt(rows, 'sums@2')).toBe(false)
  })

  test('are read as the rows and positions of projections', async () => {
    const { totals, spread } = writers
    const views = readViews({ journal: new InMemoryJournal(), rows, views: [totals, spread] })
    const all = { key: 'all of it', revision: 1, row: { count: 6, sum: 32 }, lagMs: expect.any(Number) }
    expect(await views.totals.get('all of it')).toEqual(all)
    expect((await views.totals.query('bySum', 32)).rows).toMatchObject([{ row: { sum: 32 } }])
    expect(await views.totals.get('all of it', { tenant: 'acme' })).toMatchObject({ row: { sum: 7 } })
    expect(await views.spread.get('all of it')).toMatchObject({ row: { count: 1, sum: 5 } })
    const position = async (id: string) =>
      (await positionsOf(rows, id).read(['counter/delivered'])).get('counter/delivered')
    expect(await position('totals@1')).toEqual({ revision: 1, stored: true })
    expect(await position('spread@1')).toEqual({ revision: 1, stored: true, part: 0 })
  })

  test('are read as the rows of a view', async () => {
    const { sums } = readViews({ journal: new InMemoryJournal(), rows, views: [writers.sums] })
    expect(await sums.get('delivered')).toMatchObject({
      revision: 1,
      row: { sum: 5, note: 'Grüße, 日本' },
      lagMs: 0,
    })
    expect(await sums.get('gone')).toBeUndefined()
    const { rows: found } = await sums.query('bySign', 'positive', { order: 'descending' })
    expect(found.map(({ entityId }) => entityId)).toEqual(['parked', 'released', 'delivered'])
    expect(await sums.get('delivered', { tenant: 'acme' })).toMatchObject({ row: { sum: 7 } })
  })
})

test.each([...golden, ...withoutTime])(
  '$what is an item of DynamoDB as in the golden file',
  ({ row, item }) => {
    expect(rowItem(row as StoredRow)).toEqual(item)
    expect(rowOf(item)).toEqual(row)
  },
)

describe('in SQLite', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => (folder = temporaryFolder()))
  afterEach(() => folder.remove())

  test('each row has the columns of the golden file, and is read from them', async () => {
    const file = join(folder.path, 'rows.sqlite')
    {
      using rows = sqliteRows({ file })
      await storedIn(rows)
    }
    const database = new DatabaseSync(file)
    const columns = database.prepare('SELECT * FROM rows WHERE key = ?')
    expect(golden.map(({ row }) => Object.values(columns.get(row.key) ?? {}))).toEqual(
      golden.map(({ sqlite }) => sqlite),
    )
    database.exec('DELETE FROM rows')
    const insert = database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    for (const { sqlite } of golden) insert.run(...sqlite)
    database.close()
    using rows = sqliteRows({ file })
    expect((await rows.scan('', undefined, 100)).rows).toEqual(goldenRows)
  })

  test('rows from before they had a time are read, and newer ones are written beside them', async () => {
    const file = join(folder.path, 'rows.sqlite')
    sqliteRows({ file }).close()
    const database = new DatabaseSync(file)
    database.exec('ALTER TABLE rows DROP COLUMN as_of')
    const insert = database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    for (const { sqlite } of withoutTime) insert.run(...sqlite)
    database.close()
    using rows = sqliteRows({ file })
    const old = withoutTime.map(({ row }) => row as StoredRow)
    expect((await rows.scan('', undefined, 100)).rows).toEqual(old)
    const { sums } = readViews({ journal: new InMemoryJournal(), rows, views: [writers.sums] })
    expect(await sums.get('delivered')).toEqual({
      entityType: 'counter',
      entityId: 'delivered',
      revision: 1,
      row: { sum: 5, note: 'Grüße, 日本' },
    })
    expect(await sums.query('bySign', 'positive')).not.toHaveProperty('lagMs')
    const [first] = old
    const newer = { ...first, revision: 2, asOf: writtenAt } as StoredRow
    expect(await rows.write([{ row: newer, when: 'newer' }])).toBe(true)
    expect(await rows.get([newer.key])).toEqual([newer])
  })
})
