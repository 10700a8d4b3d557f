import type { RowQuery } from '../../journal/row-store.ts'
import { count, expectEqual } from '../store-conformance/check.ts'
import { expectKeys, lettersIn, pages, put, row, type RowCheck, settled } from './probe.ts'

/** Cases about the pages of queries and scans, and about what a scan finds. */
export const pageCases: Readonly<Record<string, RowCheck>> = {
  'a page of a query or a scan ends before its values exceed 1,000,000 characters': async ({
    rows,
    mark,
  }) => {
    const filler = 'x'.repeat(120_000)
    const keys = count(1, 20).map((number) => `${mark}/${String(number).padStart(2, '0')}`)
    for (const [n, key] of keys.entries())
      await put(rows, row(key, 1, { value: { n, filler }, indexes: [{ value: mark, sort: String(n % 7) }] }))
    const query: RowQuery = { index: 0, value: mark, limit: 100 }
    await settled(rows, query, keys.length)
    const lists = {
      ascending: (cursor?: string) => rows.query({ ...query, cursor }),
      descending: (cursor?: string) => rows.query({ ...query, cursor, order: 'descending' }),
      scan: (cursor?: string) => rows.scan(`${mark}/`, cursor, 100),
    }
    for (const [name, list] of Object.entries(lists)) {
      const sizes: number[] = []
      const found = await pages(async (cursor) => {
        const page = await list(cursor)
        sizes.push(JSON.stringify(page.rows.map(({ value }) => value)).length)
        return page
      }, 100)
      expectEqual(`keys of ${name}`, found.map(({ key }) => key).toSorted(), keys)
      const largest = Math.max(...sizes)
      // Brackets and commas of the list are not counted.
      if (largest > 1_000_100) throw new Error(`${name}: expected pages of at most 1,000,000, got ${largest}`)
      if (sizes.length > 4) throw new Error(`${name}: expected full pages, got ${sizes.join(', ')}`)
    }
  },

  'a cursor that cannot be one of the query is invalid-query': async ({ rows, mark }) => {
    await lettersIn(rows, mark)
    const query: RowQuery = { index: 0, value: mark, from: 'b', to: 'f', limit: 2 }
    await settled(rows, { ...query, limit: 100 }, 5)
    const { cursor: own = '' } = await rows.query(query)
    const key = `${mark}/c`
    const changed = [
      '',
      'x',
      'null',
      '{}',
      '[]',
      `${own}x`,
      ...parts(key).map((part) => JSON.stringify(part)),
    ]
    for (const cursor of changed) {
      const code = await rows.query({ ...query, cursor }).then(
        () => 'an answer',
        (error: unknown) => (error as { code?: unknown }).code ?? error,
      )
      expectEqual(`the answer to the cursor ${cursor.slice(0, 100)}`, code, 'invalid-query')
    }
    // Where the last row went meanwhile, the list goes on after its place.
    await rows.remove([key])
    await expectKeys(
      rows,
      { ...query, cursor: own, limit: 100 },
      ['d', 'e', 'f'].map((letter) => `${mark}/${letter}`),
    )
  },

  'a scan finds every row whose key begins with the prefix, and no other': async ({ rows, mark }) => {
    const keys = count(1, 7).map((number) => `${mark}/a_b%${number}`)
    for (const key of [...keys, `${mark}/aXb%1`, `${mark}/A_b%1`, `~${mark}/a_b%1`])
      await put(rows, row(key, 1))
    await put(rows, { key: keys[0] ?? '', revision: 2 })
    const found = await pages((cursor) => rows.scan(`${mark}/a_b%`, cursor, 3), 3)
    expectEqual('keys', found.map(({ key }) => key).toSorted(), keys)
  },

  'a scan whose rows are removed page by page, as a drop does, finds each of them': async ({
    rows,
    mark,
  }) => {
    const keys = count(1, 9).map((number) => `${mark}/${number}`)
    for (const key of keys) await put(rows, row(key, 1))
    const found = await pages(async (cursor) => {
      const page = await rows.scan(`${mark}/`, cursor, 2)
      if (page.rows.length > 0) await rows.remove(page.rows.map(({ key }) => key))
      return page
    }, 2)
    expectEqual('keys', found.map(({ key }) => key).toSorted(), keys)
  },

  'a scan of all keys finds the rows of every tenant, and tombstones': async ({ rows, mark }) => {
    const keys = [`${mark}/a`, `${mark}/gone`, `~${mark}/a`]
    for (const key of keys) await put(rows, row(key, 1))
    const inAnHour = Math.floor(Date.now() / 1_000) + 3_600
    await put(rows, { key: `${mark}/gone`, revision: 2, expiresAtEpochSeconds: inAnHour })
    const found = await pages((cursor) => rows.scan('', cursor, 1_000), 1_000)
    const own = found.map(({ key }) => key).filter((key) => key.includes(mark))
    expectEqual('keys', own.toSorted(), keys.toSorted())
  },

  'a list of many rows is complete, whatever the limit of its pages': async ({ rows, mark }) => {
    const keys = count(1, 220).map((number) => `${mark}/${String(number).padStart(3, '0')}`)
    const indexes = [{ value: mark, sort: 'same' }]
    for (let start = 0; start < keys.length; start += rows.limits.writes) {
      const part = keys.slice(start, start + rows.limits.writes)
      await rows.write(part.map((key) => ({ row: row(key, 1, { indexes }), when: -1 })))
    }
    for (const limit of [70, 1_000]) {
      const query: RowQuery = { index: 0, value: mark, limit }
      const found = {
        query: await settled(rows, query, keys.length),
        scan: await pages((cursor) => rows.scan(`${mark}/`, cursor, limit), limit),
      }
      for (const [name, list] of Object.entries(found))
        expectEqual(`keys of a ${name}`, list.map(({ key }) => key).toSorted(), keys)
    }
  },
}

/** Places that no row of the range b to f can have. */
function parts(key: string): readonly unknown[] {
  const longest = 1_000
  return [
    ['c'],
    ['c', key, key],
    [1, key],
    ['c', 1],
    ['c', ''],
    ['c', 'a b'],
    ['c', key.padEnd(2_001, 'k')],
    ['c'.padEnd(longest + 1, 'c'), key],
    ['\ud800', key],
    ['a', key],
    ['g', key],
  ]
}
