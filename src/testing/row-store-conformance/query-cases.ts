import type { Meter } from '../../core/base/cost.ts'
import type { RowQuery } from '../../journal/row-store.ts'
import { count, expectEqual } from '../store-conformance/check.ts'
import { all, eventually, expectKeys, lettersIn, put, row, type RowCheck, settled } from './probe.ts'

/** Cases about what an index finds, and about what requests report. */
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

  'a query gives each row as it was written last, also where its entry stays': async ({ rows, mark }) => {
    const key = `${mark}/a`
    const indexes = [{ value: mark, sort: 'a' }]
    for (const revision of [1, 2]) {
      const expected = row(key, revision, { indexes, asOf: revision, value: { n: revision, revision } })
      await put(rows, expected)
      await eventually('the row of the query', () => all(rows, { index: 0, value: mark, limit: 5 }), [
        expected,
      ])
    }
  },

  'a row that was removed is in no index': async ({ rows, mark }) => {
    const keys = await lettersIn(rows, mark)
    const query: RowQuery = { index: 0, value: mark, limit: 10 }
    await expectKeys(rows, query, keys)
    await rows.remove(keys.slice(0, 2))
    await expectKeys(rows, query, keys.slice(2))
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
