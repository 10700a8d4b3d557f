import type { RowPage, RowStore, RowWrite, StoredRow } from 'tailfold'
import { storeFailure } from 'tailfold/store'
import type { BrokenRows } from './broken-rows.ts'

/** A store that changes rows before it writes them. */
function changed(sound: RowStore, change: (write: RowWrite) => RowWrite): RowStore {
  return { ...sound, write: async (writes, request) => sound.write(writes.map(change), request) }
}

const withRevision = (write: RowWrite, revision: number): RowWrite => ({
  ...write,
  row: { ...write.row, revision },
})
const cut = ({ rows, cursor }: RowPage): RowPage =>
  rows.length > 50 ? { rows: rows.slice(0, 50) } : { rows, ...(cursor !== undefined && { cursor }) }

const exactly = 'a revision of any size is kept and compared exactly'
const allKeys = 'a scan of all keys finds the rows of every tenant, and tombstones'
const many = 'a list of many rows is complete, whatever the limit of its pages'

/** Row stores that lose or change something that they should keep, or find something that is gone. */
export const keepingWrong: readonly BrokenRows[] = [
  {
    what: 'takes seconds for milliseconds, and removes what expires at once',
    breaking: (sound) => ({
      ...sound,
      async write(writes, request) {
        const written = await sound.write(writes, request)
        const gone = writes.filter(({ row }) => (row.expiresAtEpochSeconds ?? Infinity) < Date.now())
        if (written) await sound.remove(gone.map(({ row }) => row.key))
        return written
      },
    }),
    fails: ['a row that expires is kept until then', allKeys],
  },
  {
    what: 'lets the expiry of a tombstone stay on the row that replaces it',
    breaking: (sound) => {
      const expiry = new Map<string, number>()
      return changed(sound, (write) => {
        const { key, expiresAtEpochSeconds = expiry.get(key) } = write.row
        if (expiresAtEpochSeconds === undefined) return write
        expiry.set(key, expiresAtEpochSeconds)
        return { ...write, row: { ...write.row, expiresAtEpochSeconds } }
      })
    },
    fails: ['a row that replaces one that expires is kept'],
  },
  {
    what: 'keeps an old copy of the value in an index while its entry stays',
    breaking: (sound) => {
      const copies = new Map<string, StoredRow>()
      const entries = (row: StoredRow | undefined) => JSON.stringify(row?.indexes)
      return {
        ...sound,
        async write(writes, request) {
          for (const { row } of writes)
            if (entries(copies.get(row.key)) !== entries(row)) copies.set(row.key, row)
          return sound.write(writes, request)
        },
        async query(query, request) {
          const page = await sound.query(query, request)
          return { ...page, rows: page.rows.map((row) => copies.get(row.key) ?? row) }
        },
      }
    },
    fails: ['a query gives each row as it was written last, also where its entry stays'],
  },
  {
    what: 'leaves what was removed in the indexes',
    breaking: (sound) => {
      const removed: StoredRow[] = []
      return {
        ...sound,
        async remove(keys, request) {
          removed.push(...(await sound.get(keys)).filter((row) => row !== undefined))
          return sound.remove(keys, request)
        },
        async query(query, request) {
          const page = await sound.query(query, request)
          const ghosts = removed.filter(({ indexes }) => indexes?.[query.index]?.value === query.value)
          return { ...page, rows: [...ghosts, ...page.rows] }
        },
      }
    },
    fails: ['a row that was removed is in no index'],
  },
  {
    what: 'ends a query at 50 rows',
    breaking: (sound) => ({ ...sound, query: async (...args) => cut(await sound.query(...args)) }),
    fails: [many],
  },
  {
    what: 'ends a scan at 50 rows',
    breaking: (sound) => ({ ...sound, scan: async (...args) => cut(await sound.scan(...args)) }),
    fails: [many],
  },
  {
    what: 'finds nothing without a prefix',
    breaking: (sound) => ({
      ...sound,
      scan: async (prefix, ...rest) => (prefix === '' ? { rows: [] } : sound.scan(prefix, ...rest)),
    }),
    fails: [allKeys],
  },
  {
    what: 'leaves out tenants in a scan of all keys',
    breaking: (sound) => ({
      ...sound,
      async scan(prefix, ...rest) {
        const page = await sound.scan(prefix, ...rest)
        return { ...page, rows: page.rows.filter(({ key }) => prefix !== '' || !key.startsWith('~')) }
      },
    }),
    fails: [allKeys],
  },
  {
    what: 'keeps revisions in 32 bits',
    breaking: (sound) =>
      changed(sound, (write) => withRevision(write, Math.min(write.row.revision, 2 ** 31 - 1))),
    fails: [exactly],
  },
  {
    what: 'keeps revisions as floats',
    breaking: (sound) =>
      changed(sound, (write) => withRevision(write, Math.floor(Math.fround(write.row.revision)))),
    fails: [exactly],
  },
  {
    what: 'does not ask in a transaction whether a row is newer',
    breaking: (sound) => ({
      ...sound,
      async write(writes, request) {
        if (writes.length === 1) return sound.write(writes, request)
        const found = await sound.get(writes.map(({ row }) => row.key))
        const forced = writes.map((write, index): RowWrite => {
          const when = write.when === 'newer' ? (found[index]?.revision ?? -1) : write.when
          return { ...write, when }
        })
        return sound.write(forced, request)
      },
    }),
    fails: ['a transaction with a row that is not newer puts none'],
  },
  {
    what: 'says that nothing was written where it wrote and was aborted',
    breaking: (sound) => ({
      ...sound,
      async write(writes, request) {
        const written = await sound.write(writes, request)
        if (request?.signal?.aborted === true)
          throw storeFailure('write rows', 'it was aborted', { applied: 'no' })
        return written
      },
    }),
    fails: ['a write that is aborted tells the truth about what it did'],
  },
]
