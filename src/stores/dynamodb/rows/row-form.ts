import { storeFailure } from '../../../core/base/failures.ts'
import { recordTooLarge } from '../../../journal/failures.ts'
import { placeOf } from '../../../journal/row-page.ts'
import type { IndexEntry, RowQuery, RowWrite, StoredRow } from '../../../journal/row-store.ts'
import { rowText } from '../../../journal/row-text.ts'
import { maxItemBytes } from '../stored-form.ts'
import { indexNames, rowIndexes } from './definition.ts'

/**
 * Item layout of the table of rows. Items stay readable in all later versions.
 *
 *   pk   S  the row's key: `p/mail@1/account/acc-001`; of a tenant `~acme/p/…`, so that `dynamodb:LeadingKeys` tells them apart
 *   sk   S  `-`
 *   v    N  version of this layout: 1
 *   r    N  the revision that conditions compare
 *   d    M  the value, in DynamoDB's own types; absent in a tombstone. Its names are inside of it, so none can be ours
 *   i1p  S  the value in the first index, of up to three; absent where the row is not in that index
 *   i1s  S  `-` and the sort there: a key of an index cannot be empty
 *   t    N  milliseconds since the Unix epoch: the newest commit in the row; absent where it is not known
 *   x    N  seconds since the Unix epoch after which DynamoDB's time to live may delete it
 */
export type RowItem = Readonly<Record<string, unknown>>

/** The sort key of all rows. */
export const rowSortKey = '-'

const layoutVersion = 1

/** A sort as its attribute holds it. */
export function sortText(sort: string): string {
  return `-${sort}`
}

/** The item of a row. Throws `record-too-large`. */
export function rowItem(row: StoredRow): RowItem {
  const { key, revision, indexes = [], asOf: t, expiresAtEpochSeconds: x } = row
  const text = rowText(row, maxItemBytes).value
  const entries = text === undefined ? [] : indexes
  const item: RowItem = {
    pk: key,
    sk: rowSortKey,
    v: layoutVersion,
    r: revision,
    ...(text !== undefined && { d: JSON.parse(text) as unknown }),
    ...Object.assign({}, ...entries.map(indexFields)),
    ...(t !== undefined && { t }),
    ...(x !== undefined && { x }),
  }
  const bytes = itemBytes(item)
  if (bytes > maxItemBytes) throw recordTooLarge(key, 'row', bytes, maxItemBytes)
  return item
}

function indexFields(entry: IndexEntry | undefined, index: number): RowItem {
  if (entry === undefined) return {}
  const { value, sort } = indexNames(index)
  return { [value]: entry.value, [sort]: sortText(entry.sort) }
}

/** The row of an item. Throws `store-unavailable` for one that a newer version wrote. */
export function rowOf(item: RowItem): StoredRow {
  const { v, r, d, t, x } = item
  if (v !== layoutVersion) {
    const why = `row ${String(item['pk'])} has layout ${String(v)}, written by a newer Tailfold: upgrade this one`
    throw storeFailure('read a row', why, { applied: 'no', retryable: false })
  }
  return {
    ...keyOf(item),
    revision: Number(r),
    ...(d !== undefined && { value: d as Record<string, unknown> }),
    ...(t !== undefined && { asOf: Number(t) }),
    ...(x !== undefined && { expiresAtEpochSeconds: Number(x) }),
  }
}

/** The key of an item and its places in the indexes. The end of a page has those of its index alone. */
export function keyOf(item: RowItem): Pick<StoredRow, 'key' | 'indexes'> {
  const indexes = Array.from({ length: rowIndexes }, (_, index) => entryOf(item, index))
  while (indexes.length > 0 && indexes.at(-1) === undefined) indexes.pop()
  return { key: String(item['pk']), ...(indexes.length > 0 && { indexes }) }
}

function entryOf(item: RowItem, index: number): IndexEntry | undefined {
  const names = indexNames(index)
  const value = item[names.value] as string | undefined
  return value === undefined ? undefined : { value, sort: (item[names.sort] as string).slice(1) }
}

/** Parameters of a condition. */
export interface RowCondition {
  readonly ConditionExpression: string
  readonly ExpressionAttributeValues?: Record<string, unknown>
}

/** The condition of a write. */
export function conditionOf({ row, when }: RowWrite): RowCondition {
  const absent = 'attribute_not_exists(pk)'
  if (when === -1) return { ConditionExpression: absent }
  const isNewer = when === 'newer'
  return {
    ConditionExpression: isNewer ? `${absent} OR r < :r` : 'r = :r',
    ExpressionAttributeValues: { ':r': isNewer ? row.revision : when },
  }
}

/** Parameters of a query that say where to look. */
export interface RowKeyCondition {
  readonly IndexName: string
  readonly KeyConditionExpression: string
  readonly ExpressionAttributeValues: Record<string, unknown>
}

/** The key condition of a query. */
export function keyCondition({ index, value, from, to }: RowQuery): RowKeyCondition {
  const names = indexNames(index)
  // DynamoDB takes one condition on a sort key; from the first to the last it is "between".
  const ranges = { neither: '', from: '>= :from', to: '<= :to', both: 'BETWEEN :from AND :to' }
  const ends = from === undefined ? 'neither' : 'from'
  const range = ranges[to === undefined ? ends : ends === 'from' ? 'both' : 'to']
  return {
    IndexName: names.name,
    KeyConditionExpression: `${names.value} = :value${range && ` AND ${names.sort} ${range}`}`,
    ExpressionAttributeValues: {
      ':value': value,
      ...(from !== undefined && { ':from': sortText(from) }),
      ...(to !== undefined && { ':to': sortText(to) }),
    },
  }
}

/** Where a query goes on. Throws `invalid-query` for a cursor that is not one of it. */
export function startOfQuery(query: RowQuery): { readonly ExclusiveStartKey?: Record<string, unknown> } {
  const place = placeOf(query)
  if (place === undefined) return {}
  const names = indexNames(query.index)
  const entry = { [names.value]: query.value, [names.sort]: sortText(place.sort) }
  return { ExclusiveStartKey: { pk: place.key, sk: rowSortKey, ...entry } }
}

/** Most bytes of a number. */
const numberBytes = 21

/**
 * Size of a value in DynamoDB, never less than AWS bills.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: RowItem): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  )
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value === 'number') return Math.min(numberBytes, Math.ceil(String(value).length / 2) + 2)
  if (typeof value !== 'object' || value === null) return 1
  const parts = Object.entries(value)
  const names = Array.isArray(value) ? 0 : parts.reduce((sum, [name]) => sum + Buffer.byteLength(name), 0)
  // Three bytes for a list or map, and one for each part.
  return parts.reduce((sum, [, part]) => sum + 1 + valueBytes(part), 3 + names)
}
