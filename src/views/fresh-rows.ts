import type { RequestOptions } from '../core/base/cost.ts'
import type { Platform } from '../core/base/platform.ts'
import { readRows } from '../journal/read-rows.ts'
import type { StoredRow } from '../journal/row-store.ts'
import type { EntityPosition } from './position.ts'
import type { AnswerReads, StartReads } from './retried-reads.ts'
import type { ViewShape } from './view-shape.ts'
import { rowKey, viewRow } from './view-row.ts'
import type { ViewSource } from './view-source.ts'

/** What reading a view takes. */
export interface ReadView {
  readonly view: ViewShape
  readonly startReads: StartReads
  readonly source: ViewSource
  readonly platform: Platform
}

/**
 * The rows of some entities, by their keys, each at least as new as its position: from the row store where the row has come
 * that far, else made from the journal, whose state is the truth.
 */
export async function freshRows(
  { view, source, platform }: ReadView,
  { rows, deadline }: AnswerReads,
  positions: readonly EntityPosition[],
  request: RequestOptions,
): Promise<ReadonlyMap<string, StoredRow>> {
  const wanted = new Map<string, EntityPosition>()
  for (const position of positions) {
    const key = rowKey(view, position)
    if ((wanted.get(key)?.revision ?? -1) < position.revision) wanted.set(key, position)
  }
  const keys = [...wanted.keys()]
  const stored = await readRows(rows, keys, { ...request, consistency: 'eventual' })
  const fresh = await Promise.all(
    [...wanted].map(async ([key, { revision, ...entity }], index): Promise<[string, StoredRow]> => {
      const row = stored[index]
      if (row !== undefined && row.revision >= revision) return [key, row]
      const asOf = platform.now()
      const state = await source.read(entity, deadline)
      // An entity that was never written has no row, whatever the view makes of its initial state.
      return [
        key,
        state.revision === 0 ? { key, revision: 0 } : viewRow(view, entity, { ...state, asOf }, asOf),
      ]
    }),
  )
  return new Map(fresh)
}
