import type { EntityKey } from '../core/base/entity-key.ts'
import type { StateAt } from '../core/engine/view.ts'
import { handlerFailed } from '../core/base/failures.ts'
import { canonicalJson, frozenJson, isPlainObject } from '../core/base/json.ts'
import { entityOf, storeKey } from '../journal/key.ts'
import type { IndexEntry, StoredRow } from '../journal/row-store.ts'
import { errorText } from './error-text.ts'
import { type IndexValue, indexText } from './index-text.ts'
import type { IndexDefinition, RowValue, ViewShape } from './view-shape.ts'

/** How long a tombstone is kept, so that no late repeat brings the row back. */
const tombstoneSeconds = 30 * 24 * 3_600

/** What a row is made from. */
export interface StateOfRow extends Pick<StateAt, 'revision' | 'state'> {
  /** The time of the newest commit in the state, in milliseconds since the Unix epoch, where it is known. */
  readonly asOf?: number | undefined
}

/** The row of an entity, from its state at a revision. Throws `handler-failed` where the view's functions fail. */
export function viewRow(
  view: ViewShape,
  entity: EntityKey,
  { revision, state, asOf }: StateOfRow,
  now: number,
): StoredRow {
  const key = rowKey(view, entity)
  const value = rowValue(view, entity, state)
  if (value === null)
    return { key, revision, expiresAtEpochSeconds: Math.floor(now / 1_000) + tombstoneSeconds }
  const indexes = view.indexes.map((index) => indexEntry(view, index, entity, value))
  return { key, revision, value, ...(indexes.length > 0 && { indexes }), ...(asOf !== undefined && { asOf }) }
}

/** What the keys of all rows of a view begin with, of a tenant or of none. */
export function rowPrefix({ id }: Pick<ViewShape, 'id'>, tenant: string | undefined): string {
  return `${tenantPrefix(tenant)}w/${id}/`
}

/** The key of a row: `w/<view>@<version>/<type>/<id>`, after `~<tenant>/` of a tenant. */
export function rowKey(view: Pick<ViewShape, 'id'>, entity: EntityKey): string {
  const { tenant, ...rest } = entity
  return rowPrefix(view, tenant) + storeKey(rest)
}

/** What the entries of a view's index begin with. All views of a store share its indexes. */
export function indexValue(
  { id }: Pick<ViewShape, 'id'>,
  tenant: string | undefined,
  value: IndexValue,
): string {
  return rowPrefix({ id }, tenant) + indexText(value)
}

/** The entity of a row. */
export function entityOfRow({ id }: Pick<ViewShape, 'id'>, key: string): EntityKey | undefined {
  return entityOf(key.replace(`w/${id}/`, ''))
}

/** Whether a key is one of a row of a view, by its id: of any tenant, or of none. */
export function isRowOf(id: string, key: string): boolean {
  return withoutTenant(key).startsWith(rowPrefix({ id }, undefined))
}

/** A key without the name of its tenant. */
export function withoutTenant(key: string): string {
  return key.replace(/^~[^/]+\//, '')
}

/** What is compared of a row: everything but when it was made. */
export function contentOf({ value, indexes = [] }: StoredRow): string {
  return canonicalJson([value ?? null, indexes.map((entry) => entry ?? null)])
}

function tenantPrefix(tenant: string | undefined): string {
  return tenant === undefined ? '' : `~${tenant}/`
}

function rowValue(view: ViewShape, entity: EntityKey, state: unknown): RowValue | null {
  const { entityType, entityId, tenant } = entity
  const value = attempt(view, entity, () => view.row(state, Object.freeze({ entityType, entityId, tenant })))
  if (value === null) return null
  if (!isPlainObject(value)) throw failed(view, entity, 'returned neither an object nor null')
  return attempt(view, entity, () => frozenJson(value, 'row'))
}

function indexEntry(
  view: ViewShape,
  { name, by, sort }: IndexDefinition<RowValue> & { readonly name: string },
  entity: EntityKey,
  row: RowValue,
): IndexEntry | undefined {
  return attempt(
    view,
    entity,
    () => {
      const value = by(row)
      if (value === undefined) return undefined
      return {
        value: indexValue(view, entity.tenant, value),
        sort: sort === undefined ? '' : indexText(sort(row)),
      }
    },
    `index ${name}: `,
  )
}

function attempt<Result>(view: ViewShape, entity: EntityKey, run: () => Result, where = ''): Result {
  try {
    return run()
  } catch (error) {
    throw failed(view, entity, `failed: ${where}${errorText(error)}`, error)
  }
}

function failed({ id }: ViewShape, entity: EntityKey, what: string, cause?: unknown): Error {
  return handlerFailed(entity, 'row', `in view ${id} ${what}`, cause)
}
