import type { Store, StoredCommit, StoredRecord } from 'tailfold'

/** A store with one fault, as an author might plant it. */
export interface BrokenStore {
  /** Completes "a store that …". */
  readonly what: string
  /** Breaks one database; what it returns breaks one connection to it. */
  readonly breaking: () => (sound: Store) => Store
  /** Cases that must find it out. */
  readonly fails: readonly string[]
}

/** A fault that is the same for every connection. */
export const always = (broken: (sound: Store) => Store) => () => broken

/** A pause that lets other requests run in between. */
export const pause = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The first commits that make up to `bytes` bytes, at least one. */
export function upTo(commits: readonly StoredCommit[], bytes: number): readonly StoredCommit[] {
  let sum = 0
  return commits.filter(({ record }, index) => (sum += JSON.stringify(record).length) <= bytes || index === 0)
}

/** A record with each of its fields changed. */
export function withFields(
  record: StoredRecord,
  change: (value: string | number) => string | number,
): StoredRecord {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

/** A record whose numbers were cut to 32 bits. */
export function in32Bits(record: StoredRecord): StoredRecord {
  return withFields(record, (value) => (typeof value === 'number' ? value | 0 : value))
}

/** A store under changed keys. */
export function withKeys(sound: Store, change: (key: string) => string): Store {
  return {
    ...sound,
    append: (key, ...rest) => sound.append(change(key), ...rest),
    recover: (key, ...rest) => sound.recover(change(key), ...rest),
    range: (key, ...rest) => sound.range(change(key), ...rest),
    saveSnapshot: (key, ...rest) => sound.saveSnapshot(change(key), ...rest),
  }
}
