import { isTailfoldError } from '../../core/base/errors.ts'
import type { RowStore } from '../../journal/row-store.ts'
import { expectEqual } from '../store-conformance/check.ts'
import { put, row, type RowCheck } from './probe.ts'

const hour = 3_600

/** Cases about what is kept, how exactly and for how long. */
export const keepCases: Readonly<Record<string, RowCheck>> = {
  'a revision of any size is kept and compared exactly': async ({ rows, mark }) => {
    for (const revision of [2 ** 31 - 1, 2 ** 32 + 1, 1_800_000_000_123, Number.MAX_SAFE_INTEGER - 1]) {
      const key = `${mark}/${revision}`
      await put(rows, row(key, revision))
      expectEqual('the row', await rows.get([key]), [row(key, revision)])
      for (const when of ['newer', revision - 1, revision + 1] as const) {
        const refused = await rows.write([{ row: row(key, revision), when }])
        expectEqual(`the write of revision ${revision} where ${when} is asked for`, refused, false)
      }
      await put(rows, row(key, revision + 1))
      await put(rows, row(key, revision + 1, { value: { again: true } }), revision + 1)
      expectEqual('the row', (await rows.get([key]))[0]?.value, { again: true })
    }
  },

  'a transaction with a row that is not newer puts none': async ({ rows, mark }) => {
    const [a, b] = [`${mark}/a`, `${mark}/b`]
    await put(rows, row(b, 7))
    for (const revision of [6, 7]) {
      const writes = [
        { row: row(a, 1), when: -1 },
        { row: row(b, revision, { value: { old: true } }), when: 'newer' as const },
      ]
      expectEqual(`a write with revision ${revision}`, await rows.write(writes), false)
      expectEqual('rows', await rows.get([a, b]), [undefined, row(b, 7)])
    }
  },

  'a row that expires is kept until then': async ({ rows, mark }) => {
    const expiresAtEpochSeconds = Math.floor(Date.now() / 1_000) + hour
    const tombstone = { key: `${mark}/a`, revision: 3, expiresAtEpochSeconds }
    const other = row(`${mark}/b`, 1, { expiresAtEpochSeconds })
    await put(rows, tombstone)
    // A store may remove what has expired whenever it writes.
    await put(rows, other)
    expectEqual('rows', await rows.get([tombstone.key, other.key]), [tombstone, other])
    expectEqual('an older row', await rows.write([{ row: row(tombstone.key, 2), when: 'newer' }]), false)
  },

  'a row that replaces one that expires is kept': async ({ rows, mark }) => {
    const key = `${mark}/a`
    const expiresAtEpochSeconds = Math.floor(Date.now() / 1_000) - hour
    await put(rows, { key, revision: 1, expiresAtEpochSeconds })
    await put(rows, row(key, 2))
    await put(rows, { key: `${mark}/b`, revision: 1, expiresAtEpochSeconds })
    expectEqual('the row', await rows.get([key]), [row(key, 2)])
  },

  'a write that is aborted tells the truth about what it did': async ({ rows, mark }) => {
    for (const when of ['before', 'meanwhile'] as const) {
      const keys = [`${mark}/${when}/a`, `${mark}/${when}/b`]
      const outcome = await abortedWrite(rows, keys, when)
      if (outcome === 'unknown') continue
      const found = (await rows.get(keys)).map((one) => one !== undefined)
      expectEqual(`whether rows are there after "${outcome}"`, found, [
        outcome === 'done',
        outcome === 'done',
      ])
    }
  },
}

/** What a write that is aborted says: that it was done, that it was not, or neither. */
async function abortedWrite(
  rows: RowStore,
  keys: readonly string[],
  when: 'before' | 'meanwhile',
): Promise<'done' | 'not done' | 'unknown'> {
  const controller = new AbortController()
  if (when === 'before') controller.abort()
  const writes = keys.map((key) => ({ row: row(key, 1), when: -1 }))
  const writing = rows.write(writes, { signal: controller.signal })
  controller.abort()
  try {
    return (await writing) ? 'done' : 'not done'
  } catch (error) {
    const isNotDone = isTailfoldError(error, 'store-unavailable') && error.data.applied === 'no'
    return isNotDone ? 'not done' : 'unknown'
  }
}
