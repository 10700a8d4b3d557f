import type { Meter } from '../../core/base/cost.ts'
import type { RowQuery, RowStore } from '../../journal/row-store.ts'
import { count, expectEqual } from '../store-conformance/check.ts'
import { all, expectKeys, pages, put, row, type RowCheck } from './probe.ts'

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** Cases about lists of rows, and about what requests report. */
export const queryCases: Readonly<Record<string, RowCheck>> = {
  'a query lists the rows of one value of one index, by their sort, in both directions': async (probe) => {
    const { rows, mark } = probe
    const keys = await lettersIn(rows, mark)
    const other = {
      indexes: [
        { value: `${mark}2`, sort: 'a' },
        { value: mark, sort: 'a' },
      ],
    }
    await put(rows, row(`${mark}/other`, 1, other))
    const query: RowQuery = { index: 0, value: mark, limit: 3 }
    await expectKeys(rows, query, keys)
    await expectKeys(rows, { ...query, order: 'descending' }, keys.toReversed())
    await expectKeys(rows, { ...query, index: 1 }, [`${mark}/other`])
    await expectKeys(rows, { ...query, value: `${mark}3` }, [])
    const [first] = await all(rows, query)
    expectEqual('a row of a query', first, row(`${mark}/a`, 1, { indexes: [{ value: mark, sort: 'a' }] }))
  },

  'a query keeps to the range asked for, its ends included': async ({ rows, mark }) => {
    const keys = await lettersIn(rows, mark)
    const query: RowQuery = { index: 0, value: mark, limit: 2 }
    await expectKeys(rows, { ...query, from: 'b', to: 'e' }, keys.slice(1, 5))
    await expectKeys(rows, { ...query, from: 'bb' }, keys.slice(2))
    await expectKeys(rows, { ...query, to: 'bb', order: 'descending' }, keys.slice(0, 2).toReversed())
    await expectKeys(rows, { ...query, from: 'x' }, [])
  },

  'sorts are ordered by their code points': async ({ rows, mark }) => {
    const sorts = ['', ' ', '!', '0', '10', '9', 'A', 'Z', 'a', 'aa', 'ä', '€', '\ufb01', '😀', '😁']
    for (const [index, sort] of sorts.toReversed().entries())
      await put(rows, row(`${mark}/${index}`, 1, { indexes: [{ value: mark, sort }] }))
    await expectKeys(
      rows,
      { index: 0, value: mark, limit: 4 },
      count(sorts.length - 1, 0).map((index) => `${mark}/${index}`),
    )
  },

  'entries keep control characters': async ({ rows, mark }) => {
    const [key, value] = [`${mark}/a`, `${mark}\u0000\t`]
    const one = row(key, 1, { indexes: [{ value, sort: 'a\u0000b' }] })
    await put(rows, one)
    await put(rows, row(`${mark}/b`, 1, { indexes: [{ value: mark, sort: 'a' }] }))
    expectEqual('the row', await rows.get([key]), [one])
    await expectKeys(rows, { index: 0, value, limit: 4 }, [key])
  },

  'rows with one sort come once each, over all pages': async ({ rows, mark }) => {
    const keys = count(1, 9).map((number) => `${mark}/${number}`)
    for (const key of keys) await put(rows, row(key, 1, { indexes: [{ value: mark, sort: 'same' }] }))
    for (const order of ['ascending', 'descending'] as const) {
      const query: RowQuery = { index: 0, value: mark, limit: 2, order }
      const expected = (await settled(rows, query, keys.length)).map(({ key }) => key)
      expectEqual('keys', expected.toSorted(), keys)
    }
  },

  'a row moves with its entry, and leaves an index with it': async ({ rows, mark }) => {
    const key = `${mark}/a`
    const at = (value: string, sort = '') => ({ indexes: [undefined, { value: `${mark}-${value}`, sort }] })
    const query = (value: string): RowQuery => ({ index: 1, value: `${mark}-${value}`, limit: 5 })
    await put(rows, row(key, 1, at('x')))
    await expectKeys(rows, query('x'), [key])
    await put(rows, row(key, 2, at('y')))
    await expectKeys(rows, query('y'), [key])
    await expectKeys(rows, query('x'), [])
    await put(rows, row(key, 3))
    await expectKeys(rows, query('y'), [])
    await put(rows, row(key, 4, at('x')))
    await expectKeys(rows, query('x'), [key])
    await put(rows, { key, revision: 5 })
    await expectKeys(rows, query('x'), [])
  },

  'a row is in as many indexes as the limits say': async ({ rows, mark }) => {
    const indexes = count(0, rows.limits.indexes - 1).map((index) => ({
      value: `${mark}-${index}`,
      sort: 'a',
    }))
    await put(rows, row(`${mark}/a`, 1, { indexes }))
    for (const [index, { value }] of indexes.entries())
      await expectKeys(rows, { index, value, limit: 5 }, [`${mark}/a`])
    expectEqual('the row', await rows.get([`${mark}/a`]), [row(`${mark}/a`, 1, { indexes })])
  },

  'the longest values and sorts of an index are kept apart': async ({ rows, mark }) => {
    const [value, sort] = [`${mark}-`.padEnd(1_999, 'v'), 's'.repeat(999)]
    for (const last of ['a', 'b'])
      await put(rows, row(`${mark}/${last}`, 1, { indexes: [{ value: value + last, sort: sort + last }] }))
    await put(rows, row(`${mark}/c`, 1, { indexes: [{ value: `${value}a`, sort: `${sort}b` }] }))
    await expectKeys(rows, { index: 0, value: `${value}a`, limit: 5 }, [`${mark}/a`, `${mark}/c`])
    await expectKeys(rows, { index: 0, value: `${value}a`, from: `${sort}b`, limit: 5 }, [`${mark}/c`])
  },

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

  'every request reports its cost': async ({ rows, mark }) => {
    const write = { row: row(`${mark}/a`, 1), when: 'newer' } as const
    const requests: Readonly<Record<string, (meter: Meter) => Promise<unknown>>> = {
      write: (meter) => rows.write([write], { meter }),
      'a refused write': (meter) => rows.write([write], { meter }),
      'a write of two': (meter) =>
        rows.write(
          [
            { ...write, when: 1 },
            { row: row(`${mark}/b`, 1), when: -1 },
          ],
          { meter },
        ),
      get: (meter) => rows.get([`${mark}/a`, `${mark}/b`], { meter }),
      query: (meter) => rows.query({ index: 0, value: mark, limit: 1 }, { meter }),
      scan: (meter) => rows.scan(`${mark}/`, undefined, 1, { meter }),
      remove: (meter) => rows.remove([`${mark}/a`], { meter }),
    }
    for (const [name, send] of Object.entries(requests)) {
      let told = 0
      await send((cost) => (told += cost.requests))
      if (told < 1) throw new Error(`${name}: expected a cost of at least one request`)
    }
  },
}

async function lettersIn(rows: RowStore, mark: string): Promise<readonly string[]> {
  for (const letter of letters.toReversed())
    await put(rows, row(`${mark}/${letter}`, 1, { indexes: [{ value: mark, sort: letter }] }))
  return letters.map((letter) => `${mark}/${letter}`)
}

/** The rows of a query once there are as many as expected. */
async function settled(rows: RowStore, query: RowQuery, expected: number) {
  for (const end = Date.now() + 5_000; ; ) {
    const found = await all(rows, query)
    if (found.length === expected || Date.now() > end) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
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
