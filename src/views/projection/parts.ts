import type { RequestOptions } from '../../core/base/cost.ts'
import type { Platform } from '../../core/base/platform.ts'
import { readRows } from '../../journal/read-rows.ts'
import type { RowStore } from '../../journal/row-store.ts'
import { partKeys } from './projected-row.ts'
import type { ProjectionShape } from './projection-shape.ts'

/** Which part of a spread row the events of new entities go to. An entity keeps its part: it is stored with its position. */
export interface Parts {
  /**
   * The part of this process, for entities that have none. Chosen once: that of most entities of the batch, so that the
   * processes that follow one shard after another keep to one part; else the one that was written least.
   */
  choose(
    known: readonly number[],
    row: { readonly tenant: string | undefined; readonly rowKey: string },
    from: { readonly rows: RowStore; readonly platform: Platform; readonly request: RequestOptions },
  ): Promise<number>
  /** Another process writes to the part as well: another one is chosen next. */
  refused(): void
}

/** The parts of a projection, for one process. */
export function partsOf(projection: ProjectionShape): Parts {
  let chosen: number | undefined
  return {
    async choose(known, { tenant, rowKey }, { rows, platform, request }) {
      chosen ??= mostFrequent(known)
      if (chosen !== undefined) return chosen
      const found = await readRows(rows, partKeys(projection, tenant, rowKey), request)
      const least = Math.min(...found.map((row) => row?.revision ?? -1))
      const free = found.flatMap((row, part) => ((row?.revision ?? -1) === least ? [part] : []))
      chosen = free[Math.floor(platform.random() * free.length)] ?? 0
      return chosen
    },
    refused: () => void (chosen = undefined),
  }
}

function mostFrequent(parts: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0]
}
