import { checkNames } from '../../core/base/check-options.ts'
import type { EntityKey } from '../../core/base/entity-key.ts'
import { foldRow, rowChanges } from '../../views/projection/fold.ts'
import { projectedEntries, projectedKey } from '../../views/projection/projected-row.ts'
import type { ProjectionShape } from '../../views/projection/projection-shape.ts'
import { viewRow } from '../../views/view-row.ts'
import type { RowValue, ViewShape } from '../../views/view-shape.ts'
import { deliveredEvents } from './projected-events.ts'

/** A projection that was given events. */
export interface GivenProjection<Row> {
  /** The row of a key; `undefined` where no event changed it. Throws `handler-failed` where a fold fails. */
  row(key: string, options?: { readonly tenant?: string }): Row | undefined
}

/** Folds events into rows, without a journal or a row store. */
export function givenProjection(
  projection: ProjectionShape,
  events: readonly unknown[],
): GivenProjection<RowValue> {
  return {
    row(key, options = {}) {
      checkNames('row', options, { tenant: true })
      const { tenant } = options
      const wanted = projectedKey(projection, tenant, key)
      const rows = new Map<string, RowValue>()
      for (const delivered of deliveredEvents(projection, events))
        for (const change of rowChanges(projection, delivered)) {
          const place = projectedKey(projection, change.meta.entity.tenant, change.meta.rowKey)
          const row = foldRow(projection, rows.get(place) ?? projection.initialRow, change)
          projectedEntries(projection, tenant, row)
          if (rows.has(place) || row !== projection.initialRow) rows.set(place, row)
        }
      return rows.get(wanted)
    },
  }
}

/** A view that was given a state. */
export interface GivenView<Row> {
  /** The row of the state; `null` for none. Throws `handler-failed` where `row` or an index fails. */
  row(): Row | null
}

/** Makes the row of a state, without a journal or a row store. */
export function givenView(
  view: ViewShape,
  state: unknown,
  { entityType = [...view.sources.keys()][0] ?? '', entityId = 'one', tenant }: Partial<EntityKey> = {},
): GivenView<RowValue> {
  const entity = { ...(tenant !== undefined && { tenant }), entityType, entityId }
  return { row: () => viewRow(view, entity, { revision: 1, state }, 0).value ?? null }
}
