import { isTailfoldError } from '../../core/base/errors.ts'
import { maxRowKeyChars, type RowStore } from '../../journal/row-store.ts'
import { count, expectEqual, expectRejection } from '../store-conformance/check.ts'
import { put, row, type RowCheck } from './probe.ts'

/** Cases about reading and writing rows by key. */
export const writeCases: Readonly<Record<string, RowCheck>> = {
  'rows are read in the order of their keys in the request, with undefined for none': async (probe) => {
    const { rows, mark } = probe
    const [a, b, none] = [`${mark}/a`, `${mark}/b`, `${mark}/none`]
    await put(rows, row(a, 1))
    await put(rows, row(b, 2))
    for (const consistency of ['strong', undefined] as const)
      expectEqual('rows', await rows.get([b, none, a], { consistency }), [row(b, 2), undefined, row(a, 1)])
    expectEqual('no rows', await rows.get([]), [])
  },

  'every write is seen by the next read, over any connection': async (probe) => {
    const other = await probe.another()
    const key = `${probe.mark}/a`
    for (const revision of count(1, 6)) {
      const [writer, reader] = revision % 2 === 0 ? [other, probe.rows] : [probe.rows, other]
      await put(writer, row(key, revision))
      expectEqual('the row', await reader.get([key]), [row(key, revision)])
    }
  },

  'a row is put when it is newer than the one that is there, and refused when it is not': async (probe) => {
    const { rows, mark } = probe
    const key = `${mark}/a`
    await put(rows, row(key, 3))
    for (const revision of [0, 2, 3]) {
      const old = { row: row(key, revision, { value: { old: true } }), when: 'newer' } as const
      expectEqual(`the write of revision ${revision}`, await rows.write([old]), false)
    }
    expectEqual('the row', await rows.get([key]), [row(key, 3)])
    await put(rows, row(key, 10))
    expectEqual('the row', await rows.get([key]), [row(key, 10)])
  },

  'a row is put where the one that is there has exactly the revision asked for': async (probe) => {
    const { rows, mark } = probe
    const key = `${mark}/a`
    const write = (revision: number, when: number) => rows.write([{ row: row(key, revision), when }])
    expectEqual('revision 0 where none is', await write(1, 0), false)
    expectEqual('none where none is', await write(0, -1), true)
    expectEqual('none where one is', await write(1, -1), false)
    expectEqual('another revision', await write(2, 1), false)
    expectEqual('its revision', await write(5, 0), true)
    expectEqual('an older row at its revision', await write(5, 5), true)
    expectEqual('the row', await rows.get([key]), [row(key, 5)])
  },

  'of several rows all are put or none is': async ({ rows, mark }) => {
    const keys = ['a', 'b', 'c'].map((name) => `${mark}/${name}`)
    const [a = '', b = '', c = ''] = keys
    await put(rows, row(b, 7))
    const writes = (when: number) => [
      { row: row(a, 1), when: -1 },
      { row: row(b, 8), when },
      { row: row(c, 1), when: 'newer' as const },
    ]
    expectEqual('a write with one refused', await rows.write(writes(6)), false)
    expectEqual('rows', await rows.get(keys), [undefined, row(b, 7), undefined])
    expectEqual('a write with none refused', await rows.write(writes(7)), true)
    expectEqual('rows', await rows.get(keys), [row(a, 1), row(b, 8), row(c, 1)])
  },

  'as many rows as the limits say are put, read and removed at once': async ({ rows, mark }) => {
    const { reads, writes } = rows.limits
    const keys = count(1, Math.max(reads, writes)).map((number) => `${mark}/${number}`)
    const made = keys.slice(0, writes).map((key) => ({ row: row(key, 1), when: -1 }))
    expectEqual('write', await rows.write(made), true)
    const found = await rows.get(keys.slice(0, reads))
    expectEqual('rows', found.filter((one) => one !== undefined).length, Math.min(reads, writes))
    const last = made.at(-1)?.row.key ?? ''
    expectEqual(
      'a write with the last refused',
      await rows.write(made.map((one) => ({ ...one, when: one.row.key === last ? 9 : 1 }))),
      false,
    )
    await rows.remove(keys.slice(0, writes))
    const left = await rows.get(keys.slice(0, reads))
    expectEqual('rows left', left.filter((one) => one !== undefined).length, 0)
    await expectRejection('too many keys', () => rows.get(count(0, reads).map((n) => `${mark}/r${n}`)))
    const many = count(0, writes).map((n) => ({ row: row(`${mark}/w${n}`, 1), when: -1 }))
    await expectRejection('too many rows', () => rows.write(many))
  },

  'of several keys the rows that are there are removed, whatever others have none': async ({
    rows,
    mark,
  }) => {
    const [a, none, b] = [`${mark}/a`, `${mark}/none`, `${mark}/b`]
    for (const key of [a, b]) await put(rows, row(key, 1))
    await rows.remove([none])
    await rows.remove([a, none, b])
    expectEqual('rows left', await rows.get([a, b]), [undefined, undefined])
  },

  'of 16 racing writes at one revision exactly one wins': async (probe) => {
    const stores = [probe.rows, await probe.another()] as const
    const key = `${probe.mark}/a`
    for (const revision of count(0, 4)) {
      const writers = count(0, 15)
      const won = await Promise.all(
        writers.map((writer) => {
          const value = { writer }
          const write = { row: row(key, revision, { value }), when: revision - 1 }
          return (stores[writer % 2] as RowStore).write([write])
        }),
      )
      const winners = writers.filter((writer) => won[writer] === true)
      expectEqual('winners', winners.length, 1)
      expectEqual('the row', (await probe.rows.get([key]))[0]?.value, { writer: winners[0] })
    }
  },

  'of racing writes of newer rows the newest stays': async (probe) => {
    const stores = [probe.rows, await probe.another()] as const
    const key = `${probe.mark}/a`
    const revisions = count(1, 12).toSorted((a, b) => ((a * 7) % 13) - ((b * 7) % 13))
    await Promise.all(
      revisions.map((revision, index) =>
        (stores[index % 2] as RowStore).write([{ row: row(key, revision), when: 'newer' }]),
      ),
    )
    expectEqual('the row', await probe.rows.get([key]), [row(key, 12)])
  },

  'racing transactions over the same rows lose no update': async (probe) => {
    const stores = [probe.rows, await probe.another()] as const
    const keys = ['sum', 'other'].map((name) => `${probe.mark}/${name}`)
    const add = async (rows: RowStore) => {
      for (let tries = 0; tries < 200; tries++) {
        const found = await rows.get(keys)
        const writes = keys.map((key, index) => {
          const revision = found[index]?.revision ?? -1
          return { row: row(key, revision + 1), when: revision }
        })
        if (await rows.write(writes).catch(refusedForContention)) return
      }
      throw new Error('a transaction was refused 200 times')
    }
    await Promise.all(count(0, 11).map((writer) => add(stores[writer % 2] as RowStore)))
    const revisions = (await probe.rows.get(keys)).map((one) => one?.revision)
    expectEqual('updates of each row', revisions, [11, 11])
  },

  'a value comes back as it was': async ({ rows, mark }) => {
    const value = {
      text: 'ä€😀 "\\ \u0000\t\n\u2028\ufeff end',
      empty: '',
      numbers: [0, -1, 1.5, 1e-7, 123_456_789.012_345, Number.MAX_SAFE_INTEGER, 1e100, -1e100],
      nested: { list: [[], {}, [null, true, false, { a: [1] }]], none: null },
      pk: 'p',
      sk: 's',
      r: 1,
      v: 2,
      key: 'k',
      revision: 'r',
      ' ünïcode.name ': 'x',
    }
    await put(rows, row(`${mark}/a`, 1, { value }))
    await put(rows, row(`${mark}/b`, 1, { value: {} }))
    const [one, other] = await rows.get([`${mark}/a`, `${mark}/b`])
    expectEqual('the value', one?.value, value)
    expectEqual('an empty value', other?.value, {})
  },

  'what is read and written is copied': async ({ rows, mark }) => {
    const value = { list: [1] }
    await put(rows, row(`${mark}/a`, 1, { value }))
    value.list.push(2)
    const read = async () => (await rows.get([`${mark}/a`]))[0]?.value as { list: number[] }
    ;(await read()).list.push(3)
    expectEqual('the value', await read(), { list: [1] })
  },

  'a tombstone keeps its revision': async ({ rows, mark }) => {
    const key = `${mark}/a`
    await put(rows, row(key, 3))
    await put(rows, { key, revision: 4 })
    expectEqual('the row', await rows.get([key]), [{ key, revision: 4 }])
    expectEqual('an older row', await rows.write([{ row: row(key, 3), when: 'newer' }]), false)
    expectEqual('a first row', await rows.write([{ row: row(key, 5), when: -1 }]), false)
    await put(rows, row(key, 5), 4)
    expectEqual('the row', await rows.get([key]), [row(key, 5)])
  },

  'the time of the newest commit in a row comes back, and goes with the row': async ({ rows, mark }) => {
    const key = `${mark}/a`
    for (const [revision, asOf] of [1_800_000_000_123, 0, undefined].entries()) {
      const one = row(key, revision, { ...(asOf !== undefined && { asOf }) })
      await put(rows, one)
      expectEqual('the row', await rows.get([key]), [one])
    }
  },

  'keys are equal only if every character is': async ({ rows, mark }) => {
    const long = `${mark}/`.padEnd(maxRowKeyChars - 1, 'x')
    const keys = [`${mark}/a`, `${mark}/A`, `${mark}/%41`, `${mark}/a@1`, `${long}a`, `${long}b`, `${long}B`]
    for (const [index, key] of keys.entries()) await put(rows, row(key, index))
    const found = await rows.get(keys)
    expectEqual(
      'revisions',
      found.map((one) => one?.revision),
      count(0, keys.length - 1),
    )
  },

  'a row that is too large is refused and leaves nothing': async ({ rows, mark }) => {
    const large = row(`${mark}/a`, 1, { value: { text: 'x'.repeat(rows.limits.maxRowBytes) } })
    const small = { row: row(`${mark}/b`, 1), when: 'newer' } as const
    const error = await expectRejection('an oversize row', () =>
      rows.write([small, { row: large, when: -1 }]),
    )
    if (!isTailfoldError(error, 'record-too-large'))
      throw new Error(`expected record-too-large, got ${String(error)}`)
    expectEqual('rows', await rows.get([large.key, small.row.key]), [undefined, undefined])
  },
}

function refusedForContention(error: unknown): false {
  if (isTailfoldError(error, 'store-unavailable') && error.retryable && error.data.applied === 'no')
    return false
  throw error
}
