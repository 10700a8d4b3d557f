import { describeValue } from '../core/base/describe-value.ts'
import { checkEntityId, checkTenant } from '../core/base/entity-key.ts'
import { TailfoldError } from '../core/base/errors.ts'
import type { RowQuery } from '../journal/row-store.ts'
import { bytesOf, maxSortBytes, maxValueBytes } from '../journal/row-text.ts'
import { type IndexValue, indexText } from './index-text.ts'
import type { EntityPosition } from './position.ts'
import type { ViewQueryOptions, ViewReadOptions } from './view-read.ts'
import type { ViewShape } from './view-shape.ts'
import { indexValue } from './view-row.ts'

const usualLimit = 100
const mostRows = 1_000
/** Positions of one query: each may cost a read of the journal. */
const mostPositions = 20

/** A query of an index as the row store takes it. Throws `invalid-query` for what the index cannot answer. */
export function rowQuery(
  { id, name, indexes }: Pick<ViewShape, 'id' | 'name' | 'indexes'>,
  indexName: string,
  value: IndexValue,
  { tenant, from, to, order, limit = usualLimit }: ViewQueryOptions,
): Omit<RowQuery, 'cursor'> {
  const index = indexes.findIndex((each) => each.name === indexName)
  if (index === -1) {
    const names = indexes.map((each) => each.name).join(', ') || 'none'
    throw invalidQuery(`view ${name} has no index ${describeValue(indexName)}; it has: ${names}`)
  }
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostRows)
    throw invalidQuery(`limit must be a whole number from 1 to ${mostRows}`)
  checkTenant(tenant)
  return asked(() => ({
    index,
    value: atMost(maxValueBytes, indexValue({ id }, tenant, value)),
    limit,
    ...(from !== undefined && { from: atMost(maxSortBytes, indexText(from)) }),
    ...(to !== undefined && { to: atMost(maxSortBytes, indexText(to)) }),
    ...(order !== undefined && { order: orderIn(order) }),
  }))
}

/** The positions that concern some entity types. Throws `invalid-query` for those that cannot be. */
export function positionsIn(
  entityTypes: { has(entityType: string): boolean },
  { tenant, after = [] }: Pick<ViewReadOptions, 'tenant' | 'after'>,
): readonly EntityPosition[] {
  const positions = [after].flat().filter(({ entityType }) => entityTypes.has(entityType))
  if (positions.length > mostPositions)
    throw invalidQuery(`at most ${mostPositions} positions can be waited for at once`)
  return positions.map(({ entityType, entityId, revision }) => {
    checkEntityId(entityId)
    if (!Number.isSafeInteger(revision) || revision < 0)
      throw invalidQuery('the revision of a position must be a whole number from 0')
    return { ...(tenant !== undefined && { tenant }), entityType, entityId, revision }
  })
}

/** The error for a query that cannot be answered as it was asked. */
export function invalidQuery(problem: string): TailfoldError {
  return new TailfoldError('invalid-query', `The query is not valid: ${problem}.`, { problem })
}

/** No row has a longer one, and DynamoDB refuses to look for it. */
function atMost(bytes: number, text: string): string {
  if (bytesOf(text) <= bytes) return text
  throw new TypeError(`it has more than the ${bytes} bytes that a row can be found or ordered by`)
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
