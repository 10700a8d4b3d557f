import { handlerFailed } from '../../core/base/failures.ts'
import { frozenJson, isPlainObject } from '../../core/base/json.ts'
import { storeKey } from '../../journal/key.ts'
import type { IndexEntry, StoredRow } from '../../journal/row-store.ts'
import { errorText } from '../error-text.ts'
import { indexText } from '../index-text.ts'
import { newestIn } from '../lag.ts'
import { indexValue, rowPrefix } from '../view-row.ts'
import type { RowValue } from '../view-shape.ts'
import type { ProjectionShape } from './projection-shape.ts'

/**
 * Where a row is kept: `w/<projection>@<version>/<row key>`, after `~<tenant>/` of a tenant; of a row that is spread
 * `/<part>` follows. The row key is percent-encoded, as entity ids are.
 */
export function projectedKey(
  projection: Pick<ProjectionShape, 'id'>,
  tenant: string | undefined,
  rowKey: string,
  part?: number,
): string {
  const key = rowPrefix(projection, tenant) + storeKey({ entityType: '', entityId: rowKey }).slice(1)
  return part === undefined ? key : `${key}/${part}`
}

/** The keys of all parts of a row. */
export function partKeys(
  projection: ProjectionShape,
  tenant: string | undefined,
  rowKey: string,
): readonly string[] {
  if (projection.spread === 1) return [projectedKey(projection, tenant, rowKey)]
  return Array.from({ length: projection.spread }, (_, part) =>
    projectedKey(projection, tenant, rowKey, part),
  )
}

/** The row key in the key of a stored row that is not spread. */
export function rowKeyOf(key: string): string {
  return decodeURIComponent(key.slice(key.lastIndexOf('/') + 1))
}

/** What a row is found by. Throws `TypeError` for values that no index takes. */
export function projectedEntries(
  projection: ProjectionShape,
  tenant: string | undefined,
  row: RowValue,
): readonly (IndexEntry | undefined)[] {
  return projection.indexes.map(({ name, by, sort }) => {
    try {
      const value = by(row)
      if (value === undefined) return undefined
      const sorted = sort === undefined ? '' : indexText(sort(row))
      return { value: indexValue(projection, tenant, value), sort: sorted }
    } catch (error) {
      throw new TypeError(`index ${name}: ${errorText(error)}`, { cause: error })
    }
  })
}

/** A row as it is read: its parts made one. The revision is how often any of them was written. */
export interface MergedRow {
  readonly revision: number
  readonly value: RowValue
  /** The time of the newest commit in it, where it is known. */
  readonly asOf: number | undefined
}

/** The row that its parts make together; `undefined` without any. Throws `handler-failed` where `merge` fails. */
export function mergeParts(
  projection: ProjectionShape,
  tenant: string | undefined,
  rowKey: string,
  parts: readonly (StoredRow | undefined)[],
): MergedRow | undefined {
  const values = parts.flatMap((part) => part?.value ?? [])
  const revision = parts.reduce((sum, part) => sum + (part === undefined ? 0 : part.revision + 1), 0)
  const [first, ...others] = values as readonly RowValue[]
  if (first === undefined) return undefined
  return { revision, value: others.reduce(mergeTwo, first), asOf: newestIn(parts) }

  function mergeTwo(one: RowValue, other: RowValue): RowValue {
    const entity = { tenant, entityType: projection.id, entityId: rowKey }
    try {
      const merged: unknown = projection.merge?.(frozenJson(one, 'row'), frozenJson(other, 'row'))
      if (isPlainObject(merged)) return frozenJson(merged, 'row')
    } catch (error) {
      throw handlerFailed(entity, 'row', `failed: merge: ${errorText(error)}`, error)
    }
    throw handlerFailed(entity, 'row', 'failed: merge returned no row')
  }
}
