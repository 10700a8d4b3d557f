import type { StoredRecord } from '../../journal/store.ts'
import { expectEqual, expectRejection } from './check.ts'
import { type Check, record, recordOfBytes } from './probe.ts'

const writers = 16
const longestKeyChars = 1_601

/** Cases about writing one record. */
export const appendCases: Readonly<Record<string, Check>> = {
  'an appended record is read back as it was written': async ({ store, newKey }) => {
    const key = newKey()
    expectEqual('append', await store.append(key, 1, record(1)), { kind: 'appended' })
    const expected = [{ revision: 1, record: record(1) }]
    expectEqual('range', await store.range(key, 1, 10), { commits: expected, more: false })
    const { snapshot, commits, more } = await store.recover(key, 4)
    expectEqual('recover', { snapshot, commits, more }, { commits: expected, more: false })
  },

  'every acknowledged append is seen by the next read': async ({ store, newKey }) => {
    const key = newKey()
    for (let revision = 1; revision <= 12; revision++) {
      await store.append(key, revision, record(revision))
      const { commits } = await store.recover(key, 4)
      expectEqual('newest revision by recover', commits[0]?.revision, revision)
      const page = await store.range(key, revision, 10)
      expectEqual('newest revision by range', page.commits[0]?.revision, revision)
    }
  },

  'of 16 racing appends exactly one wins': async ({ store, newKey }) => {
    const key = newKey()
    for (let revision = 1; revision <= 5; revision++) {
      const marks = Array.from({ length: writers }, (_, writer) => ` by ${writer}`)
      const results = await Promise.all(
        marks.map((mark) => store.append(key, revision, record(revision, mark))),
      )
      const winners = marks.filter((_, index) => results[index]?.kind === 'appended')
      expectEqual(`winners of revision ${revision}`, winners.length, 1)
      const won = record(revision, winners[0])
      for (const result of results) {
        if (result.kind === 'occupied' && result.record !== undefined)
          expectEqual('the record a loser is given', result.record, won)
      }
      const { commits } = await store.range(key, revision, 1)
      expectEqual('the record that is there', commits, [{ revision, record: won }])
    }
  },

  'an append to a taken revision changes nothing': async ({ store, newKey }) => {
    const key = newKey()
    await store.append(key, 1, record(1, ' of the first'))
    const { kind } = await store.append(key, 1, { id: 'of the second', extra: 'field' })
    expectEqual('second append', kind, 'occupied')
    const { commits } = await store.range(key, 1, 1)
    expectEqual('the record that is there', commits, [{ revision: 1, record: record(1, ' of the first') }])
  },

  'large, empty and non-ASCII text and large integers come back unchanged': async ({ store, newKey }) => {
    const key = newKey()
    const written: StoredRecord = {
      e: JSON.stringify([{ type: 'Large', text: 'ä€😀"\\'.repeat(10_000) }]),
      s: '',
      t: 'ünïcode,事件,🎉, \u0000\t\n\u2028\ufeff end',
      id: ' leading and trailing spaces ',
      ts: Number.MAX_SAFE_INTEGER,
      n: Number.MIN_SAFE_INTEGER,
      v: 0,
      sv: 1_200,
    }
    await store.append(key, 1, written)
    const { commits } = await store.recover(key, 4)
    expectEqual('the record', commits[0]?.record, written)
    const again = await store.append(key, 1, record(1))
    if (again.kind === 'occupied' && again.record !== undefined)
      expectEqual('the record a loser is given', again.record, written)
  },

  'a record of exactly the largest size is kept': async ({ store, newKey }) => {
    const key = newKey()
    const largest = recordOfBytes(store, key, 1, store.limits.maxRecordBytes)
    expectEqual('append', await store.append(key, 1, largest), { kind: 'appended' })
    const { commits } = await store.range(key, 1, 1)
    expectEqual('the record', commits, [{ revision: 1, record: largest }])
  },

  'a record one byte too large is refused and leaves nothing': async ({ store, newKey }) => {
    const key = newKey()
    const tooLarge = recordOfBytes(store, key, 1, store.limits.maxRecordBytes + 1)
    await expectRejection('append of an oversize record', () => store.append(key, 1, tooLarge))
    const snapshot = { revision: 1, schemaVersion: 1, record: tooLarge }
    await expectRejection('snapshot of an oversize record', () => store.saveSnapshot(key, snapshot))
    expectEqual('what is there', await store.recover(key, 4), { commits: [], more: false })
    expectEqual('append after it', await store.append(key, 1, record(1)), { kind: 'appended' })
  },

  'the longest key is taken': async ({ store, newKey }) => {
    const key = newKey().padEnd(longestKeyChars, '%C3%A4')
    await store.append(key, 1, record(1))
    const { commits } = await store.recover(key, 4)
    expectEqual('what is there', commits, [{ revision: 1, record: record(1) }])
  },
}
