import type { Store } from '../../journal/store.ts'
import { isLarge } from './entities.ts'

/** Requests of the processes that deliver: for commits, and for states. */
export interface CountedRequests {
  /** The key of each state that was read. */
  readonly recovered: readonly string[]
  /** Requests for commits of entities whose states ride. */
  ranges(): number
  /** A store whose requests are counted. */
  counted(store: Store): Store
}

/** Begins at nothing. */
export function countRequests(): CountedRequests {
  let ranges = 0
  const recovered: string[] = []
  return {
    recovered,
    ranges: () => ranges,
    counted: (store) => ({
      ...store,
      range(...args) {
        // A state that does not ride is recovered, which takes several.
        if (!isLarge(args[0])) ranges += 1
        return store.range(...args)
      },
      recover(...args) {
        recovered.push(args[0])
        return store.recover(...args)
      },
    }),
  }
}
