import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'
import { heldEntities } from './held-entities.ts'
import type { Hold } from './position-row.ts'

/** What may be delivered of what a consumer holds. Those that were released come first. */
const states = ['retry', 'behind'] as const
const pageSize = 50

/** A way past all entities that a consumer may deliver although it holds them. */
export interface HeldWalk {
  /**
   * Visits them one after the other. Begins where the last walk was cut off, or, with `all`, at the first. False where
   * `mayGoOn` cut it off.
   */
  visit(work: (key: string) => Promise<void>, options: HeldWalkOptions): Promise<boolean>
}

/** Options of a walk. */
export interface HeldWalkOptions {
  readonly all: boolean
  /** Asked before each entity, and before each page of them. */
  readonly mayGoOn: (before: 'entity' | 'page') => boolean | Promise<boolean>
  readonly request: RequestOptions
}

/** Where a walk goes on: the place of a state in the list above, and where in its entities. */
interface Place {
  readonly state: number
  readonly cursor: string | undefined
  /** Entities of the page there that were visited before the walk was cut off. */
  readonly visited: ReadonlySet<string>
}

const first: Place = { state: 0, cursor: undefined, visited: new Set() }

/** Starts at the first. */
export function heldWalk(rows: RowStore, consumerId: string): HeldWalk {
  let place: Place = first

  return {
    async visit(work, { all, mayGoOn, request }) {
      let at = all ? first : place
      const keep = () => {
        if (!all) place = at
      }
      for (let pages = 0; at.state < states.length; pages++) {
        if (pages > 0 && !(await mayGoOn('page'))) return false
        const state = states[at.state] as Hold['state']
        const page = await heldEntities(
          rows,
          consumerId,
          state,
          { limit: pageSize, cursor: at.cursor },
          request,
        )
        const visited = new Set(at.visited)
        for (const { key } of page.entities) {
          if (visited.has(key)) continue
          if (!(await mayGoOn('entity'))) {
            at = { ...at, visited }
            keep()
            return false
          }
          await work(key)
          visited.add(key)
        }
        at =
          page.cursor === undefined
            ? { ...first, state: at.state + 1 }
            : { ...first, state: at.state, cursor: page.cursor }
        keep()
      }
      at = first
      keep()
      return true
    },
  }
}
