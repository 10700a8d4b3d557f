import { describeValue } from '../core/base/describe-value.ts'
import { checkEntityId, checkTenant, type EntityKey } from '../core/base/entity-key.ts'
import { TailfoldError } from '../core/base/errors.ts'
import type { StoredRow } from '../journal/row-store.ts'
import { freshRows, type ReadView } from './fresh-rows.ts'
import { indexText } from './index-text.ts'
import type { EntityPosition } from './position.ts'
import { queryView } from './query-view.ts'
import type { ViewQueryOptions, ViewReader, ViewReadOptions, ViewRow } from './view-read.ts'
import type { ViewShape } from './view-shape.ts'
import { entityOfRow, indexValue, rowKey } from './view-row.ts'

const usualLimit = 100
const mostRows = 1_000
/** Positions of one query: each may cost a read of the journal. */
const mostPositions = 20

/** The reader of one view. */
export function viewReader(read: ReadView): ViewReader {
  const { view, rows } = read
  return {
    async get(named, { tenant, after, deadline, ...request } = {}) {
      const entity = entityIn(view, named, tenant)
      const key = rowKey(view, entity)
      const positions = positionsIn(view, { tenant, after }).filter((each) => rowKey(view, each) === key)
      if (positions.length > 0) {
        const fresh = await freshRows(read, positions, deadline, request)
        return shown(view, fresh.get(key))
      }
      const [row] = await rows.get([key], { ...request, consistency: 'eventual' })
      return shown(view, row)
    },

    async query(indexName, value, given = {}) {
      const { tenant, after, deadline, from, to, order, limit = usualLimit, cursor, ...request } = given
      const index = view.indexes.findIndex(({ name }) => name === indexName)
      if (index === -1) {
        const names = view.indexes.map(({ name }) => name).join(', ') || 'none'
        throw invalidQuery(`view ${view.name} has no index ${describeValue(indexName)}; it has: ${names}`)
      }
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostRows)
        throw invalidQuery(`limit must be a whole number from 1 to ${mostRows}`)
      checkTenant(tenant)
      const query = asked(() => ({
        index,
        value: indexValue(view, tenant, value),
        limit,
        ...(from !== undefined && { from: indexText(from) }),
        ...(to !== undefined && { to: indexText(to) }),
        ...(order !== undefined && { order: orderIn(order) }),
      }))
      const page = await queryView(
        read,
        query,
        { cursor, deadline, after: positionsIn(view, { tenant, after }) },
        request,
      )
      return { ...page, rows: page.rows.flatMap((row) => shown(view, row) ?? []) }
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

/** The positions that concern this view. */
function positionsIn(
  view: ViewShape,
  { tenant, after = [] }: Pick<ViewReadOptions, 'tenant' | 'after'>,
): EntityPosition[] {
  const positions = [after].flat().filter(({ entityType }) => view.sources.has(entityType))
  if (positions.length > mostPositions)
    throw invalidQuery(`at most ${mostPositions} positions can be waited for at once`)
  return positions.map(({ entityType, entityId, revision }) => {
    checkEntityId(entityId)
    if (!Number.isSafeInteger(revision) || revision < 0)
      throw invalidQuery('the revision of a position must be a whole number from 0')
    return { ...(tenant !== undefined && { tenant }), entityType, entityId, revision }
  })
}

function orderIn(order: ViewQueryOptions['order']): 'ascending' | 'descending' {
  if (order === 'descending' || order === 'ascending') return order
  throw new TypeError("order must be 'ascending' or 'descending'")
}

/** What a caller asked for; a `TypeError` in it is the caller's. */
function asked<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError) throw invalidQuery(error.message)
    throw error
  }
}

function invalidQuery(problem: string): TailfoldError {
  return new TailfoldError('invalid-query', `The query is not valid: ${problem}.`, { problem })
}
