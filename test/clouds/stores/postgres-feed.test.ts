import pg from 'pg'
import { feedLost, type Store } from 'tailfold/store'
import { createSchema, postgresStore } from 'tailfold/postgres'
import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rejectionOf } from '../../helpers/thrown.ts'
import { createIn, startPostgres } from './postgres-server.ts'

let server: LocalServer
let client: pg.Pool

beforeAll(async () => {
  server = await startPostgres()
  client = new pg.Pool({ connectionString: server.address })
  await createSchema(client)
})

afterAll(async () => {
  await client.end()
  await server.stop()
})

const record = (revision: number) => ({ v: 1, id: `c${revision}`, h: `h${revision}` })
const newKey = () => `feed/${globalThis.crypto.randomUUID()}`

/** Reads what can be read now; a page that only waits for older transactions ends it. */
async function readNow(store: Store, from: string | undefined) {
  const keys: string[] = []
  for (let cursor = from; ; ) {
    const page = await store.changes?.(cursor, 100)
    if (page === undefined) throw new Error('The store has no changes.')
    keys.push(...page.changes.map(({ key }) => key))
    cursor = page.cursor
    if (page.changes.length === 0 || !page.more) return { keys, cursor, more: page.more }
  }
}

/** Appends of which the first is committed after the second; resolves with the keys that a follower sees of them. */
async function followedAcrossLateCommit(store: Store): Promise<readonly string[]> {
  const [late, early] = [newKey(), newKey()]
  const { cursor } = await readNow(store, undefined)
  const session = await client.connect()
  try {
    await session.query('BEGIN')
    await postgresStore({ client: session }).append(late, 1, record(1))
    await store.append(early, 1, record(1))
    const before = await readNow(store, cursor)
    await session.query('COMMIT')
    const after = await readNow(store, before.cursor)
    return [...before.keys, ...after.keys].map((key) => (key === late ? 'late' : 'early')).toSorted()
  } finally {
    session.release()
  }
}

/** A feed by the identity column alone, as one would write it first. */
function byPositionAlone(): Store {
  return {
    ...postgresStore({ client }),
    async changes(cursor, limit) {
      const text =
        'SELECT key, revision, position FROM tailfold.commits WHERE position > $1 ORDER BY position LIMIT $2'
      const { rows } = await client.query(text, [cursor ?? '0', limit])
      const last = rows.at(-1) as { position: string } | undefined
      const changes = rows.map(({ key, revision }) => ({ key: String(key), revision: Number(revision) }))
      return { changes, cursor: last?.position ?? cursor ?? '0', more: rows.length === limit }
    },
  }
}

describe('the feed of PostgreSQL', () => {
  test('passes over no commit that becomes visible after a later one', async () => {
    expect(await followedAcrossLateCommit(postgresStore({ client }))).toEqual(['early', 'late'])
  })

  test('would pass over one with the identity column alone as its cursor', async () => {
    expect(await followedAcrossLateCommit(byPositionAlone())).toEqual(['early'])
  })

  test('says more while an older transaction holds commits back', async () => {
    const store = postgresStore({ client })
    const { cursor } = await readNow(store, undefined)
    const session = await client.connect()
    await session.query('BEGIN; SELECT pg_current_xact_id()')
    const key = newKey()
    await store.append(key, 1, record(1))
    expect(await readNow(store, cursor)).toMatchObject({ keys: [], more: true })
    await session.query('ROLLBACK')
    session.release()
    expect(await readNow(store, cursor)).toMatchObject({ keys: [key], more: false })
  })

  test('of 8 writers in overlapping transactions brings every commit', async () => {
    const store = postgresStore({ client })
    let { cursor } = await readNow(store, undefined)
    const seen: string[] = []
    const keys = Array.from({ length: 200 }, newKey)
    let writing = 8
    const write = async (writer: number) => {
      const session = new pg.Client({ connectionString: server.address })
      await session.connect()
      const own = postgresStore({ client: session })
      for (const key of keys.slice(writer * 25, writer * 25 + 25)) {
        await session.query('BEGIN')
        await own.append(key, 1, record(1))
        await session.query('SELECT pg_sleep(random() * 0.01)')
        await session.query('COMMIT')
      }
      await session.end()
      writing -= 1
    }
    const follow = async () => {
      for (let last = false; !last; ) {
        last = writing === 0
        const page = await readNow(store, cursor)
        seen.push(...page.keys)
        cursor = page.cursor
      }
    }
    await Promise.all([follow(), ...Array.from({ length: 8 }, (_, writer) => write(writer))])
    expect(seen.toSorted()).toEqual(keys.toSorted())
  })

  test('refuses a cursor of another kind of store', async () => {
    const error = await rejectionOf(readNow(postgresStore({ client }), '17.hash'))
    expect(error).toEqual(feedLost('the cursor is not one of a PostgreSQL database'))
  })

  test('asks to renumber tables that were restored from a dump of another server', async () => {
    await createIn(server.address, 'restored')
    const store = postgresStore({ client, schema: 'restored' })
    for (const revision of [1, 2]) await store.append('a/a', revision, record(revision))
    await client.query(
      'UPDATE restored.commits SET xid = (pg_current_xact_id()::text::bigint + 1000000)::text::xid8',
    )
    expect(await rejectionOf(readNow(store, undefined))).toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      message: expect.stringContaining('createSchema(client)'),
    })
    await createSchema(client, 'restored')
    expect((await readNow(store, undefined)).keys).toEqual(['a/a', 'a/a'])
  })

  test('is lost where the database was set back to before its cursor', async () => {
    const store = postgresStore({ client })
    await store.append(newKey(), 1, record(1))
    const { cursor } = await readNow(store, undefined)
    const [life, , position, hash] = cursor.split(':')
    const ahead = `${life}:${2n ** 62n}:${position}:${hash}`
    expect(await rejectionOf(readNow(store, ahead))).toMatchObject({ code: 'feed-lost' })
    expect(await rejectionOf(readNow(store, `${cursor}x`))).toMatchObject({ code: 'feed-lost' })
  })
})
