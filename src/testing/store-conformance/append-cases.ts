import { maxStoreKeyChars, type Store, type StoredRecord } from '../../journal/store.ts'
import { expectEqual, expectRejection } from './check.ts'
import { appendAll, awkwardRecord, type Check, record, recordOfBytes } from './probe.ts'

const writers = 16

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
      await expectNewest(store, key, revision)
    }
  },

  'every acknowledged append is seen by the next read of another connection': async (probe) => {
    const { store, newKey } = probe
    const other = await probe.another()
    const key = newKey()
    for (let revision = 1; revision <= 6; revision++) {
      const [writer, reader] = revision % 2 === 0 ? [other, store] : [store, other]
      await writer.append(key, revision, record(revision))
      await expectNewest(reader, key, revision)
      await writer.saveSnapshot(key, { revision, schemaVersion: 1, record: record(revision) })
      expectEqual('revision of the snapshot', (await reader.recover(key, 2)).snapshot?.revision, revision)
    }
  },

  'of 16 racing appends exactly one wins': async ({ store, newKey }) => race([store], newKey()),

  'of 16 racing appends over two connections exactly one wins': async (probe) =>
    race([probe.store, await probe.another()], probe.newKey()),

  'an append to a taken revision changes nothing': async ({ store, newKey }) => {
    const key = newKey()
    await store.append(key, 1, record(1, ' of the first'))
    const { kind } = await store.append(key, 1, { id: 'of the second', extra: 'field' })
    expectEqual('second append', kind, 'occupied')
    const { commits } = await store.range(key, 1, 1)
    expectEqual('the record that is there', commits, [{ revision: 1, record: record(1, ' of the first') }])
  },

  'an append below the newest is occupied, whatever hash it names, and is given the record there or none':
    async ({ store, newKey }) => {
      const key = newKey()
      await appendAll(store, key, 1, 5)
      for (const previousHash of [undefined, 'hash-1', 'hash of a lost record']) {
        const result = await store.append(key, 2, record(2, ' of the second'), { previousHash })
        expectEqual('append', result.kind, 'occupied')
        if (result.kind === 'occupied' && result.record !== undefined)
          expectEqual('the record a loser is given', result.record, record(2))
      }
      expectEqual('revisions', (await store.range(key, 1, 10)).commits.length, 5)
    },

  'large, empty and non-ASCII text and large integers come back unchanged': async ({ store, newKey }) => {
    const key = newKey()
    const written: StoredRecord = { ...awkwardRecord(store, key), sv: 1_200 }
    await store.append(key, 1, written)
    const recovered = await store.recover(key, 4)
    expectEqual('the record by recover', recovered.commits[0]?.record, written)
    const { commits } = await store.range(key, 1, 4)
    expectEqual('the record by range', commits[0]?.record, written)
    const again = await store.append(key, 1, record(1))
    if (again.kind === 'occupied' && again.record !== undefined)
      expectEqual('the record a loser is given', again.record, written)
  },

  'a number that is not a safe integer is refused and leaves nothing': async ({ store, newKey }) => {
    const key = newKey()
    for (const n of [Number.NaN, Infinity, Number.NEGATIVE_INFINITY, 1.5, 2 ** 53]) {
      const wrong = { ...record(1), n }
      await expectRejection(`append of ${n}`, () => store.append(key, 1, wrong))
      const snapshot = { revision: 1, schemaVersion: 1, record: wrong }
      await expectRejection(`snapshot of ${n}`, () => store.saveSnapshot(key, snapshot))
    }
    expectEqual('what is there', await store.recover(key, 4), { commits: [], more: false })
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

  'the longest keys are taken, and are equal only if every character is': async ({ store, newKey }) => {
    const long = newKey().padEnd(maxStoreKeyChars - 1, '%C3%A4')
    for (const last of ['a', 'b', 'A']) {
      await store.append(long + last, 1, record(1, last))
      await store.saveSnapshot(long + last, { revision: 1, schemaVersion: 1, record: record(1, last) })
    }
    for (const last of ['a', 'b', 'A']) {
      const { snapshot, commits } = await store.recover(long + last, 4)
      expectEqual(`commits of the key that ends with ${last}`, commits, [
        { revision: 1, record: record(1, last) },
      ])
      expectEqual(`snapshot of the key that ends with ${last}`, snapshot?.record, record(1, last))
    }
  },

  'an append that names the hash of the record before it is never behind': async ({ store, newKey }) => {
    const key = newKey()
    for (let revision = 1; revision <= 3; revision++) {
      const previousHash = revision === 1 ? '' : String(record(revision - 1)['h'])
      const append = () => store.append(key, revision, record(revision), { previousHash })
      expectEqual(`append of revision ${revision}`, (await append()).kind, 'appended')
      expectEqual(`append of revision ${revision} again`, (await append()).kind, 'occupied')
    }
  },
}

/** Cases for stores that compare the hash of the record before. */
export const previousHashCases: Readonly<Record<string, Check>> = {
  'an append that names another hash than that of the record before it is behind': async (probe) => {
    const { store, newKey } = probe
    const key = newKey()
    await appendAll(store, key, 1, 2)
    const behind = await store.append(key, 3, record(3), { previousHash: 'hash of a lost record' })
    expectEqual('append after another record', behind, { kind: 'behind' })
    const gap = await store.append(key, 4, record(4), { previousHash: 'hash-3' })
    expectEqual('append after a missing record', gap, { kind: 'behind' })
    const first = await store.append(newKey(), 1, record(1), { previousHash: 'hash of a lost record' })
    expectEqual('first append after a lost record', first, { kind: 'behind' })
    expectEqual('what is there', (await store.range(key, 1, 10)).commits.length, 2)
    expectEqual('append that follows', await store.append(key, 3, record(3), { previousHash: 'hash-2' }), {
      kind: 'appended',
    })
  },

  'an append with command ids that names another hash is behind too, and records none': async (probe) => {
    const { store, newKey } = probe
    if (store.findCommandId === undefined) return
    const key = newKey()
    await appendAll(store, key, 1, 2)
    const ids = [{ commandId: 'c', expiresAtEpochSeconds: 4_102_444_800 }]
    const append = (previousHash: string) => store.append(key, 3, record(3), { ids, previousHash })
    expectEqual('append after another record', await append('hash of a lost record'), { kind: 'behind' })
    expectEqual('id of what is behind', await store.findCommandId(key, 'c'), undefined)
    expectEqual('append that follows', await append('hash-2'), { kind: 'appended' })
    expectEqual('its id', await store.findCommandId(key, 'c'), 3)
  },
}

async function expectNewest(store: Store, key: string, revision: number): Promise<void> {
  const { commits } = await store.recover(key, 4)
  expectEqual('newest revision by recover', commits[0]?.revision, revision)
  const page = await store.range(key, revision, 10)
  expectEqual('newest revision by range', page.commits[0]?.revision, revision)
}

/** Sixteen writers, spread over the stores, contend for each of five revisions. */
async function race(stores: readonly Store[], key: string): Promise<void> {
  for (let revision = 1; revision <= 5; revision++) {
    const marks = Array.from({ length: writers }, (_, writer) => ` by ${writer}`)
    const results = await Promise.all(
      marks.map((mark, index) => {
        const store = stores[index % stores.length] as Store
        return store.append(key, revision, record(revision, mark))
      }),
    )
    const winners = marks.filter((_, index) => results[index]?.kind === 'appended')
    expectEqual(`winners of revision ${revision}`, winners.length, 1)
    const won = record(revision, winners[0])
    for (const result of results) {
      if (result.kind === 'occupied' && result.record !== undefined)
        expectEqual('the record a loser is given', result.record, won)
    }
    for (const store of stores) {
      const { commits } = await store.range(key, revision, 1)
      expectEqual('the record that is there', commits, [{ revision, record: won }])
    }
  }
}
