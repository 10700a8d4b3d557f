import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'
import { type Position, positionKey, positionWrite, readPosition } from './position-row.ts'

/** Positions of one consumer. Those that this process has written are remembered; the conditional write proves them. */
export interface Positions {
  /** The positions of some entities. One that is remembered may be old; so may one that is read. */
  read(keys: readonly string[], request?: RequestOptions): Promise<ReadonlyMap<string, Position>>
  /** The position of an entity as it is now. */
  readAgain(key: string, request?: RequestOptions): Promise<Position>
  /** Moves a position; false when it was not what it was taken for. May have happened even when it throws. */
  move(
    key: string,
    from: Position,
    to: Pick<Position, 'revision' | 'hold'>,
    request?: RequestOptions,
  ): Promise<boolean>
}

/** About 200 bytes each. */
const mostRemembered = 20_000

/** The positions of a consumer in a row store. */
export function positionsOf(rows: RowStore, consumerId: string): Positions {
  const remembered = new Map<string, Position>()

  /** What is held may be released elsewhere, so it is read each time. */
  function remember(key: string, position: Position): void {
    remembered.delete(key)
    if (position.hold !== undefined || !position.stored) return
    remembered.set(key, position)
    const [oldest] = remembered.keys()
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest)
  }

  return {
    async read(keys, request) {
      const found = new Map<string, Position>()
      const unknown = keys.filter((key) => !remembered.has(key))
      for (const key of keys) {
        const position = remembered.get(key)
        if (position !== undefined) found.set(key, position)
      }
      for (let start = 0; start < unknown.length; start += rows.limits.reads) {
        const part = unknown.slice(start, start + rows.limits.reads)
        const read = await rows.get(
          part.map((key) => positionKey(consumerId, key)),
          { ...request, consistency: 'eventual' },
        )
        for (const [index, key] of part.entries()) {
          const position = readPosition(read[index])
          remember(key, position)
          found.set(key, position)
        }
      }
      return found
    },

    async readAgain(key, request) {
      remembered.delete(key)
      const [row] = await rows.get([positionKey(consumerId, key)], request)
      const position = readPosition(row)
      remember(key, position)
      return position
    },

    async move(key, from, to, request) {
      remembered.delete(key)
      const moved = await rows.write([positionWrite(consumerId, key, from, to)], request)
      if (moved) remember(key, { ...to, stored: true })
      return moved
    },
  }
}
