import { checkNames } from '../core/base/check-options.ts'
import { checkEntityId, checkTenant, type EntityKey } from '../core/base/entity-key.ts'
import type { StoredRow } from '../journal/row-store.ts'
import { freshRows, type ReadView } from './fresh-rows.ts'
import { queryView } from './query-view.ts'
import { invalidQuery, positionsIn, rowQuery } from './row-query.ts'
import { lagOf } from './lag.ts'
import { type FoundRow, queryNames, readNames, type ViewReader, type ViewRow } from './view-read.ts'
import type { ViewShape } from './view-shape.ts'
import { entityOfRow, rowKey } from './view-row.ts'

/** The reader of one view. */
export function viewReader(read: ReadView): ViewReader {
  const { view, platform } = read

  function found(row: StoredRow | undefined): FoundRow | undefined {
    const one = shown(view, row)
    return one && { ...one, ...lagOf(platform, row?.asOf) }
  }

  return {
    async get(named, given = {}) {
      checkNames(`get of ${view.name}`, given, readNames)
      const { tenant, after, deadline, ...request } = given
      const entity = entityIn(view, named, tenant)
      const key = rowKey(view, entity)
      const reads = read.startReads(deadline)
      const positions = positionsIn(view.sources, { tenant, after }).filter(
        (each) => rowKey(view, each) === key,
      )
      if (positions.length > 0) {
        const fresh = await freshRows(read, reads, positions, request)
        return found(fresh.get(key))
      }
      const [row] = await reads.rows.get([key], { ...request, consistency: 'eventual' })
      return found(row)
    },

    async query(indexName, value, given = {}) {
      checkNames(`query of ${view.name}`, given, queryNames)
      const { tenant, after, deadline, from: _from, to: _to, order: _order, limit: _limit, ...rest } = given
      const { cursor, ...request } = rest
      const query = rowQuery(view, indexName, value, given)
      const reads = read.startReads(deadline)
      const fresh = freshRows(read, reads, positionsIn(view.sources, { tenant, after }), request)
      const { asOf, ...page } = await queryView(
        { rows: reads.rows, platform },
        query,
        { cursor, fresh },
        request,
      )
      const shownRows = page.rows.flatMap((row) => shown(view, row) ?? [])
      return { ...page, ...lagOf(platform, asOf), rows: shownRows }
    },
  }
}

function shown(view: ViewShape, row: StoredRow | undefined): ViewRow | undefined {
  const entity = row && entityOfRow(view, row.key)
  if (row?.value === undefined || entity === undefined) return undefined
  return { entityType: entity.entityType, entityId: entity.entityId, revision: row.revision, row: row.value }
}

/** The entity whose row is meant. Throws `invalid-id`, and `invalid-query` for one of another type. */
function entityIn(
  view: ViewShape,
  named: string | Pick<EntityKey, 'entityType' | 'entityId'>,
  tenant: string | undefined,
): EntityKey {
  checkTenant(tenant)
  const [onlyType] = view.sources.size === 1 ? view.sources.keys() : []
  const { entityType, entityId } =
    typeof named === 'string' ? { entityType: onlyType, entityId: named } : named
  if (entityType === undefined || !view.sources.has(entityType)) {
    const types = [...view.sources.keys()].join(', ')
    throw invalidQuery(`view ${view.name} has rows of ${types}: name the entity type as well`)
  }
  checkEntityId(entityId)
  return { ...(tenant !== undefined && { tenant }), entityType, entityId }
}
