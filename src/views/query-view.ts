import type { RequestOptions } from '../core/base/cost.ts'
import { compareCodePoints } from '../journal/row-text.ts'
import type { IndexEntry, RowQuery, StoredRow } from '../journal/row-store.ts'
import type { Platform } from '../core/base/platform.ts'
import { newestIn } from './lag.ts'
import type { RowReads } from './retried-reads.ts'
import { cursorText, type PageEnd, parseCursor } from './view-cursor.ts'

/** A row on its place in an index. */
type Placed = Pick<IndexEntry, 'sort'> & { readonly key: string }

/** A page of an index, into which newer rows are merged. */
export async function queryView(
  { rows, platform }: { readonly rows: RowReads; readonly platform: Platform },
  query: Omit<RowQuery, 'cursor'>,
  given: {
    readonly cursor: string | undefined
    /** Rows that are newer than those of the index may be, by their keys. */
    readonly fresh: Promise<ReadonlyMap<string, StoredRow>>
  },
  request: RequestOptions,
): Promise<{
  readonly rows: readonly StoredRow[]
  readonly cursor?: string
  /** The time of the newest commit in the rows of the store: how far its view has come at least. */
  readonly asOf: number | undefined
}> {
  // A rejection of it is awaited below.
  given.fresh.catch(() => {})
  const start = given.cursor === undefined ? undefined : parseCursor(platform, query, given.cursor)
  const [page, fresh] = await Promise.all([
    rows.query({ ...query, ...(start && { cursor: start.cursor }) }, request),
    given.fresh,
  ])
  const placeOf = (row: StoredRow): Placed => ({
    sort: row.indexes?.[query.index]?.sort ?? '',
    key: row.key,
  })
  const last = page.rows.at(-1)
  const end = page.cursor === undefined ? undefined : last === undefined ? start : placeOf(last)
  const isHere = (row: StoredRow) => {
    const entry = row.value === undefined ? undefined : row.indexes?.[query.index]
    if (entry?.value !== query.value || !isWithin(entry.sort, query)) return false
    // By `sort` alone: stores differ in the order of rows with an equal one.
    const { sort } = entry
    return isAfter(query, sort, start) && (page.cursor === undefined || !isAfter(query, sort, end))
  }
  const merged = [
    ...page.rows.filter(({ key }) => !fresh.has(key)),
    ...[...fresh.values()].filter(isHere),
  ].toSorted((one, other) => compare(query, placeOf(one), placeOf(other)))
  const asOf = newestIn(page.rows)
  if (page.cursor === undefined) return { rows: merged, asOf }
  const next: PageEnd = { cursor: page.cursor, ...(end ?? { sort: '', key: '' }) }
  return { rows: merged, asOf, cursor: cursorText(platform, query, next) }
}

function isWithin(sort: string, { from, to }: RowQuery): boolean {
  if (from !== undefined && compareCodePoints(sort, from) < 0) return false
  return to === undefined || compareCodePoints(sort, to) <= 0
}

/** Whether a sort comes after that of a place; every sort comes after no place. */
function isAfter(query: RowQuery, sort: string, place: Placed | undefined): boolean {
  return place === undefined || place.key === '' || compareSorts(query, sort, place.sort) > 0
}

function compare(query: RowQuery, one: Placed, other: Placed): number {
  return compareSorts(query, one.sort, other.sort) || compareSorts(query, one.key, other.key)
}

function compareSorts({ order }: RowQuery, one: string, other: string): number {
  const compared = compareCodePoints(one, other)
  return order === 'descending' ? -compared : compared
}
