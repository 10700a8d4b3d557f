import type { RowStore, RowWrite } from 'tailfold'
import { keepingWrong } from './rows-that-keep-wrong.ts'

/** A row store with one fault, as an author might plant it. */
export interface BrokenRows {
  /** Completes "a row store that …". */
  readonly what: string
  readonly breaking: (sound: RowStore) => RowStore
  /** Cases that must find it out. */
  readonly fails: readonly string[]
}

const always = (write: RowWrite): RowWrite['when'] => write.when
const pause = () => new Promise((resolve) => setTimeout(resolve, 1))

/** A store that looks before it writes, in two steps. */
function inTwoSteps(sound: RowStore, write: (writes: readonly RowWrite[]) => Promise<boolean>): RowStore {
  return { ...sound, write: (writes) => write(writes) }
}

async function force(sound: RowStore, { row }: RowWrite): Promise<void> {
  for (;;) {
    const [present] = await sound.get([row.key])
    if (await sound.write([{ row, when: present?.revision ?? -1 }])) return
  }
}

/** Row stores that the suite must find out. */
export const brokenRows: readonly BrokenRows[] = [
  {
    what: 'puts a row whatever is there',
    breaking: (sound) =>
      inTwoSteps(sound, async (writes) => {
        for (const write of writes) await force(sound, write)
        return true
      }),
    fails: [
      'a row is put when it is newer than the one that is there, and refused when it is not',
      'a row is put where the one that is there has exactly the revision asked for',
      'of racing writes of newer rows the newest stays',
    ],
  },
  {
    what: 'takes an equal row for a newer one',
    breaking: (sound) =>
      inTwoSteps(sound, async (writes) => {
        const found = await sound.get(writes.map(({ row }) => row.key))
        const equal = (write: RowWrite, index: number) =>
          write.when === 'newer' && found[index]?.revision === write.row.revision
        return sound.write(
          writes.map((write, index) => ({
            ...write,
            when: equal(write, index) ? write.row.revision : always(write),
          })),
        )
      }),
    fails: ['a row is put when it is newer than the one that is there, and refused when it is not'],
  },
  {
    what: 'compares first and writes then',
    breaking: (sound) =>
      inTwoSteps(sound, async (writes) => {
        const found = await sound.get(writes.map(({ row }) => row.key))
        await pause()
        for (const [index, { row, when }] of writes.entries()) {
          const present = found[index]?.revision ?? -1
          if (when === 'newer' ? row.revision <= present : present !== when) return false
        }
        for (const write of writes) await force(sound, write)
        return true
      }),
    fails: [
      'of 16 racing writes at one revision exactly one wins',
      'of racing writes of newer rows the newest stays',
      'racing transactions over the same rows lose no update',
    ],
  },
  {
    what: 'puts rows one by one',
    breaking: (sound) =>
      inTwoSteps(sound, async (writes) => {
        for (const write of writes) if (!(await sound.write([write]))) return false
        return true
      }),
    fails: ['of several rows all are put or none is'],
  },
  {
    what: 'says that it wrote what it refused',
    breaking: (sound) =>
      inTwoSteps(sound, async (writes) => {
        await sound.write(writes)
        return true
      }),
    fails: ['of several rows all are put or none is', 'a tombstone keeps its revision'],
  },
  {
    what: 'forgets a row that is a tombstone',
    breaking: (sound) => ({
      ...sound,
      async write(writes) {
        const written = await sound.write(writes)
        const gone = writes.filter(({ row }) => row.value === undefined).map(({ row }) => row.key)
        if (written) await sound.remove(gone)
        return written
      },
    }),
    fails: ['a tombstone keeps its revision'],
  },
  {
    what: 'reads rows in the order in which it finds them',
    breaking: (sound) => ({ ...sound, get: async (keys) => sound.get(keys.toSorted()) }),
    fails: ['rows are read in the order of their keys in the request, with undefined for none'],
  },
  {
    what: 'leaves out what is not there',
    breaking: (sound) => ({
      ...sound,
      get: async (keys) => (await sound.get(keys)).filter((row) => row !== undefined),
    }),
    fails: ['rows are read in the order of their keys in the request, with undefined for none'],
  },
  {
    what: 'folds the case of keys',
    breaking: (sound) => ({
      ...sound,
      get: async (keys) => sound.get(keys.map((key) => key.toLowerCase())),
      write: async (writes) =>
        sound.write(
          writes.map((write) => ({ ...write, row: { ...write.row, key: write.row.key.toLowerCase() } })),
        ),
    }),
    fails: ['keys are equal only if every character is'],
  },
  {
    what: 'cuts its first page',
    breaking: (sound) => ({
      ...sound,
      query: async (query) => ({ rows: (await sound.query(query)).rows }),
    }),
    fails: ['a query lists the rows of one value of one index, by their sort, in both directions'],
  },
  {
    what: 'begins a page after the sort of the last row',
    breaking: (sound) => ({
      ...sound,
      async query(query) {
        const { rows, cursor } = await sound.query(query)
        if (cursor === undefined) return { rows }
        const [sort] = JSON.parse(cursor) as [string]
        return { rows, cursor: JSON.stringify([sort, query.order === 'descending' ? '' : '~~']) }
      },
    }),
    fails: ['rows with one sort come once each, over all pages'],
  },
  {
    what: 'leaves a row where it once was in an index',
    breaking: (sound) => ({
      ...sound,
      write: async (writes) => {
        const found = await sound.get(writes.map(({ row }) => row.key))
        return sound.write(
          writes.map(({ row, when }, index) => {
            const indexes = row.indexes ?? found[index]?.indexes
            return { row: indexes === undefined ? row : { ...row, indexes }, when }
          }),
        )
      },
    }),
    fails: ['a row moves with its entry, and leaves an index with it'],
  },
  {
    what: 'goes on with a scan after so many rows',
    breaking: (sound) => ({
      ...sound,
      async scan(prefix, cursor, limit, request) {
        const skipped = Number(cursor ?? 0)
        let place: string | undefined
        for (let left = skipped; left > 0; ) {
          const before = await sound.scan(prefix, place, left)
          if (before.cursor === undefined) return { rows: [] }
          place = before.cursor
          left -= before.rows.length
        }
        const page = await sound.scan(prefix, place, limit, request)
        const next = page.cursor === undefined ? {} : { cursor: String(skipped + page.rows.length) }
        return { rows: page.rows, ...next }
      },
    }),
    fails: ['a scan whose rows are removed page by page, as a drop does, finds each of them'],
  },
  {
    what: 'removes nothing where one of the rows is not there',
    breaking: (sound) => ({
      ...sound,
      async remove(keys, request) {
        if (!(await sound.get(keys)).includes(undefined)) await sound.remove(keys, request)
      },
    }),
    fails: ['of several keys the rows that are there are removed, whatever others have none'],
  },
  {
    what: 'takes the prefix of a scan for a pattern',
    breaking: (sound) => ({
      ...sound,
      async scan(prefix, cursor, limit) {
        const page = await sound.scan('', cursor, limit)
        const pattern = new RegExp(`^${prefix.replaceAll('_', '.').replaceAll('%', '.*')}`)
        return { ...page, rows: page.rows.filter(({ key }) => pattern.test(key)) }
      },
    }),
    fails: ['a scan finds every row whose key begins with the prefix, and no other'],
  },
  {
    what: 'reports no cost of a refused write',
    breaking: (sound) => ({
      ...sound,
      async write(writes, request) {
        const written = await sound.write(writes)
        if (written) request?.meter?.({ requests: 1, readUnits: 0, writeUnits: 0 })
        return written
      },
    }),
    fails: ['every request reports its cost'],
  },
  ...keepingWrong,
]
