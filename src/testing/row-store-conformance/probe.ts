import { canonicalJson } from '../../core/base/json.ts'
import type { RowPage, RowQuery, RowStore, RowWrite, StoredRow } from '../../journal/row-store.ts'
import { expectEqual } from '../store-conformance/check.ts'

/** The row store under test. */
export interface RowProbe {
  readonly rows: RowStore
  /** A second connection to the same database. */
  another(): Promise<RowStore>
  /** A text that no other case and no other run uses, to begin keys and index values with. */
  readonly mark: string
}

/** What a case does with a row store. Throws an Error that says what was expected and what happened. */
export type RowCheck = (probe: RowProbe) => Promise<void>

/** What a database may hold back from queries. */
const queryDelayMs = 5_000

/** A row, different for every revision. */
export function row(key: string, revision: number, rest: Partial<StoredRow> = {}): StoredRow {
  return { key, revision, value: { n: revision }, ...rest }
}

/** Puts one row; throws where that is refused. */
export async function put(rows: RowStore, one: StoredRow, when: RowWrite['when'] = 'newer'): Promise<void> {
  expectEqual(`the write of ${one.key}`, await rows.write([{ row: one, when }]), true)
}

/** All rows of a query, page by page. */
export async function all(rows: RowStore, query: RowQuery): Promise<readonly StoredRow[]> {
  return pages((cursor) => rows.query({ ...query, ...(cursor !== undefined && { cursor }) }), query.limit)
}

/** All rows of a list, page by page. */
export async function pages(
  page: (cursor: string | undefined) => Promise<RowPage>,
  limit: number,
): Promise<readonly StoredRow[]> {
  const found: StoredRow[] = []
  for (let cursor: string | undefined; ; ) {
    const next = await page(cursor)
    if (next.rows.length > limit) throw new Error(`expected at most ${limit} rows, got ${next.rows.length}`)
    found.push(...next.rows)
    if (next.cursor === undefined) return found
    ;({ cursor } = next)
  }
}

/** Expects what a query finds; looks again while the store may be late. */
export async function eventually(
  what: string,
  find: () => Promise<unknown>,
  expected: unknown,
): Promise<void> {
  for (const end = Date.now() + queryDelayMs; ; ) {
    const found = await find()
    if (Date.now() >= end || canonicalJson(found) === canonicalJson(expected))
      return expectEqual(what, found, expected)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Expects the keys of a query, in order; looks again while the store may be late. */
export async function expectKeys(
  rows: RowStore,
  query: RowQuery,
  expected: readonly string[],
): Promise<void> {
  const find = async () => (await all(rows, query)).map(({ key }) => key)
  await eventually(`rows of ${JSON.stringify(query)}`, find, expected)
}

/** The rows of a query once there are as many as expected. */
export async function settled(
  rows: RowStore,
  query: RowQuery,
  expected: number,
): Promise<readonly StoredRow[]> {
  for (const end = Date.now() + queryDelayMs; ; ) {
    const found = await all(rows, query)
    if (found.length === expected || Date.now() > end) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Puts rows a to g, which index 0 finds by the mark; resolves with their keys, in order. */
export async function lettersIn(rows: RowStore, mark: string): Promise<readonly string[]> {
  const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  for (const letter of letters.toReversed())
    await put(rows, row(`${mark}/${letter}`, 1, { indexes: [{ value: mark, sort: letter }] }))
  return letters.map((letter) => `${mark}/${letter}`)
}
