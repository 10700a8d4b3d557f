import type { RequestOptions } from '../core/base/cost.ts'
import { readRows } from '../journal/read-rows.ts'
import type { RowReadRequest, RowStore, RowWrite } from '../journal/row-store.ts'
import { type NextPosition, type Position, positionKey, positionWrite, readPosition } from './position-row.ts'
import { rememberedPositions } from './remembered-positions.ts'

/** A position that is moved. */
export interface Move {
  /** The key of the entity. */
  readonly key: string
  /** What it is taken for. */
  readonly from: Position
  readonly to: NextPosition
}

/** Positions of one consumer. Those that this process has written are remembered; the conditional write proves them. */
export interface Positions {
  /** The positions of some entities. One that is remembered may be old; so may one that is read. */
  read(keys: readonly string[], request?: RequestOptions): Promise<ReadonlyMap<string, Position>>
  /** The position of an entity as it is now. */
  readAgain(key: string, request?: RequestOptions): Promise<Position>
  /** The positions of some entities as they are now. */
  readAllAgain(keys: readonly string[], request?: RequestOptions): Promise<ReadonlyMap<string, Position>>
  /** Moves a position; false when it was not what it was taken for. May have happened even when it throws. */
  move(key: string, from: Position, to: NextPosition, request?: RequestOptions): Promise<boolean>
  /** Moves positions and writes rows, all of them or, with false, none. At most `limits.writes` in all. */
  moveWith(moves: readonly Move[], rows: readonly RowWrite[], request?: RequestOptions): Promise<boolean>
}

/** The positions of a consumer in a row store. */
export function positionsOf(rows: RowStore, consumerId: string): Positions {
  const remembered = rememberedPositions()

  async function fetch(keys: readonly string[], request: RowReadRequest | undefined) {
    const found = new Map<string, Position>()
    const places = keys.map((key) => positionKey(consumerId, key))
    const read = await readRows(rows, places, request)
    for (const [index, key] of keys.entries()) {
      const position = readPosition(read[index])
      remembered.remember(key, position)
      found.set(key, position)
    }
    return found
  }

  async function readAllAgain(keys: readonly string[], request?: RequestOptions) {
    remembered.forget(keys)
    return fetch(keys, request)
  }

  async function moveWith(moves: readonly Move[], others: readonly RowWrite[], request?: RequestOptions) {
    remembered.forget(moves.map(({ key }) => key))
    const writes = moves.map(({ key, from, to }) => positionWrite(consumerId, key, from, to))
    const moved = await rows.write([...writes, ...others], request)
    if (moved)
      for (const { key, from, to } of moves)
        remembered.remember(key, { part: from.part, ...to, stored: true })
    return moved
  }

  return {
    async read(keys, request) {
      const unknown: string[] = []
      const found = new Map<string, Position>()
      for (const key of keys) {
        const position = remembered.get(key)
        if (position === undefined) unknown.push(key)
        else found.set(key, position)
      }
      // What this process parked or saw parked it does not try again for a read that is late.
      const consistency = unknown.some((key) => remembered.wasHeld(key)) ? 'strong' : 'eventual'
      const read = await fetch(unknown, { ...request, consistency })
      return new Map([...found, ...read])
    },

    async readAgain(key, request) {
      const found = await readAllAgain([key], request)
      return found.get(key) as Position
    },

    readAllAgain,
    move: async (key, from, to, request) => moveWith([{ key, from, to }], [], request),
    moveWith,
  }
}
