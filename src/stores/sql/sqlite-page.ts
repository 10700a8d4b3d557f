import type { SqlRow } from './sqlite-client.ts'

/** Characters of records after which a page ends: reading must not fill the memory. */
const pageChars = 1024 * 1024

/**
 * Limits a query of records to a page. `chars` is the length of all records so far, in the order of the query.
 *
 * @param records A query with `record`, in its order, with its limit.
 * @param order Its order.
 */
export function paged(records: string, order: string): string {
  return `
    SELECT * FROM (SELECT *, sum(length(record)) OVER (ORDER BY ${order}) AS chars FROM (${records}))
    WHERE chars - length(record) < ${pageChars}`
}

/** Rows of a {@link paged} query, and whether more may follow. */
export function pageOf(
  rows: readonly SqlRow[],
  limit: number,
): { readonly rows: readonly SqlRow[]; readonly more: boolean } {
  return { rows, more: rows.length === limit || Number(rows.at(-1)?.['chars'] ?? 0) >= pageChars }
}
