import type { Store, StoredCommit } from 'tailfold'

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
