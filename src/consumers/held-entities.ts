import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'
import { isOfStates, registrationOf } from './registration.ts'
import {
  entityKeyOf,
  type Hold,
  holdIndexValue,
  type Position,
  positionKey,
  positionWrite,
  readPosition,
} from './position-row.ts'

/** An entity that a consumer does not deliver as it comes. */
export interface HeldEntity extends Hold {
  /** The key of the entity: `account/acc-001`. */
  readonly key: string
  /** The next commit to be delivered; of a parked entity the one that failed. */
  readonly revision: number
}

/** Part of a list of held entities. */
export interface HeldPage {
  readonly entities: readonly HeldEntity[]
  readonly cursor?: string | undefined
}

/** What became of a request to release an entity. `'no-commit'`: a view is given states, so there is no commit to skip. */
export type Release = 'released' | 'not-parked' | 'another-revision' | 'no-commit'

/** Entities that a consumer holds for one reason, the oldest first. May miss those of the last second. */
export async function heldEntities(
  rows: RowStore,
  consumerId: string,
  state: Hold['state'],
  { limit = 100, cursor }: { readonly limit?: number; readonly cursor?: string | undefined } = {},
  request?: RequestOptions,
): Promise<HeldPage> {
  const value = holdIndexValue(consumerId, state)
  const page = await rows.query({ index: 0, value, limit, ...(cursor !== undefined && { cursor }) }, request)
  const entities = page.rows.flatMap((row): HeldEntity[] => {
    const { revision, hold } = readPosition(row)
    return hold === undefined
      ? []
      : [{ ...hold, key: entityKeyOf(consumerId, row.key), revision: revision + 1 }]
  })
  return { entities, ...(page.cursor !== undefined && { cursor: page.cursor }) }
}

/**
 * Lets a parked entity be delivered again, from the commit that failed on, with the code that runs then. A follower does it
 * within a second.
 */
export async function retryParked(rows: RowStore, consumerId: string, entityKey: string): Promise<Release> {
  return release(rows, consumerId, entityKey, ({ revision }) => revision)
}

/**
 * Counts the commit that a parked entity failed on as handled, and lets what follows be delivered. Not for a view: its row is
 * made of the whole state.
 */
export async function skipParked(
  rows: RowStore,
  consumerId: string,
  entityKey: string,
  revision: number,
): Promise<Release> {
  const registered = await registrationOf(rows, consumerId)
  if (registered !== undefined && isOfStates(registered)) return 'no-commit'
  return release(rows, consumerId, entityKey, (parked) =>
    parked.revision + 1 === revision ? revision : undefined,
  )
}

async function release(
  rows: RowStore,
  consumerId: string,
  entityKey: string,
  to: (parked: Position) => number | undefined,
): Promise<Release> {
  for (;;) {
    const [row] = await rows.get([positionKey(consumerId, entityKey)])
    const position = readPosition(row)
    if (position.hold?.state !== 'parked') return 'not-parked'
    const revision = to(position)
    if (revision === undefined) return 'another-revision'
    const hold: Hold = { ...position.hold, state: 'retry' }
    if (await rows.write([positionWrite(consumerId, entityKey, position, { revision, hold })]))
      return 'released'
  }
}
