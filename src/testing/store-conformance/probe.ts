import type { Store, StoredCommit, StoredRecord } from '../../journal/store.ts'

/** The store under test, with the few things every case does to it. */
export interface Probe {
  readonly store: Store
  /** A key that no other case and no other run uses. */
  newKey(): string
}

/** What a case does with a store. Throws an Error that says what was expected and what happened. */
export type Check = (probe: Probe) => Promise<void>

const appendsAtOnce = 25

/** A record as small as they come, different for every revision and mark. */
export function record(revision: number, mark = ''): StoredRecord {
  return { v: 1, id: `commit-${revision}${mark}`, n: revision, e: '[]' }
}

/** Appends revisions `first` to `last`, some at once; each must be `appended`. */
export async function appendAll(
  store: Store,
  key: string,
  first: number,
  last: number,
  make: (revision: number) => StoredRecord = record,
): Promise<void> {
  for (let start = first; start <= last; start += appendsAtOnce) {
    const length = Math.min(appendsAtOnce, last - start + 1)
    const results = await Promise.all(
      Array.from({ length }, (_, index) => store.append(key, start + index, make(start + index))),
    )
    const occupied = results.findIndex(({ kind }) => kind === 'occupied')
    if (occupied >= 0)
      throw new Error(`append at free revision ${start + occupied}: expected appended, got occupied`)
  }
}

/** Reads an entity to its end, page by page. Throws when a page is empty although it says `more`. */
export async function readAll(store: Store, key: string, limit: number): Promise<readonly StoredCommit[]> {
  const found: StoredCommit[] = []
  for (let fromRevision = 1; ; ) {
    const { commits, more } = await store.range(key, fromRevision, limit)
    found.push(...commits)
    if (commits.length > limit)
      throw new Error(`range: expected at most ${limit} commits, got ${commits.length}`)
    if (!more) return found
    const last = commits.at(-1)
    // Nothing more may be there after all, but a page that says so twice would never end.
    if (last === undefined)
      throw new Error(`range from revision ${fromRevision}: expected commits, got none but more`)
    fromRevision = last.revision + 1
  }
}

/** A record that measures exactly `bytes`. */
export function recordOfBytes(store: Store, key: string, revision: number, bytes: number): StoredRecord {
  const empty = { ...record(revision), s: '' }
  return { ...empty, s: 'x'.repeat(bytes - store.recordBytes(key, revision, empty)) }
}
