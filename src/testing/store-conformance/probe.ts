import type { Store, StoredCommit, StoredRecord } from '../../journal/store.ts'

/** The store under test, with the few things every case does to it. */
export interface Probe {
  readonly store: Store
  /** A second connection to the same database. */
  another(): Promise<Store>
  /** A new, empty database of the same kind. */
  anotherDatabase(): Promise<Store>
  /** A key that no other case and no other run uses. */
  newKey(): string
}

/** What a case does with a store. Throws an Error that says what was expected and what happened. */
export type Check = (probe: Probe) => Promise<void>

/** A record as small as they come, different for every revision and mark. */
export function record(revision: number, mark = ''): StoredRecord {
  return { v: 1, id: `commit-${revision}${mark}`, n: revision, e: '[]', h: `hash-${revision}${mark}` }
}

/** Appends revisions `first` to `last`, one after the other, as the journal does; each must be `appended`. */
export async function appendAll(
  store: Store,
  key: string,
  first: number,
  last: number,
  make: (revision: number) => StoredRecord = record,
): Promise<void> {
  for (let revision = first; revision <= last; revision++) {
    const { kind } = await store.append(key, revision, make(revision))
    if (kind !== 'appended')
      throw new Error(`append at free revision ${revision}: expected appended, got ${kind}`)
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

/** A record that measures exactly `bytes`, with the fields that are measured beside it. */
export function recordOfBytes(
  store: Store,
  key: string,
  revision: number,
  bytes: number,
  beside: StoredRecord = {},
): StoredRecord {
  const empty = { ...record(revision), s: '' }
  const around = store.recordBytes(key, revision, { ...empty, ...beside })
  return { ...empty, s: 'x'.repeat(Math.max(0, bytes - around)) }
}

/** A record of texts and numbers that a careless store changes. */
export function awkwardRecord(store: Store, key: string): StoredRecord {
  return {
    e: fitting(store, key, 'ä€😀"\\', 10_000),
    s: '',
    t: 'ünïcode,事件,🎉, \u0000\t\n\u2028\ufeff end',
    id: ' leading and trailing spaces ',
    ts: Number.MAX_SAFE_INTEGER,
    n: Number.MIN_SAFE_INTEGER,
    v: 0,
  }
}

/** A text repeated up to `most` times, so that a record of that text fits into the store. */
export function fitting(store: Store, key: string, text: string, most: number): string {
  const bytesOf = (times: number) => store.recordBytes(key, 1, { ...record(1), e: text.repeat(times) })
  const each = bytesOf(2) - bytesOf(1)
  const room = store.limits.maxRecordBytes - 2 * bytesOf(1)
  return text.repeat(Math.min(most, Math.floor(room / each)))
}
