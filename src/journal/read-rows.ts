import type { RowReadRequest, RowStore, StoredRow } from './row-store.ts'

/** The rows at any number of different keys, in their order: as many at a time as the store takes. */
export async function readRows(
  rows: Pick<RowStore, 'get' | 'limits'>,
  keys: readonly string[],
  request?: RowReadRequest,
): Promise<readonly (StoredRow | undefined)[]> {
  const found: (StoredRow | undefined)[] = []
  for (let start = 0; start < keys.length; start += rows.limits.reads)
    found.push(...(await rows.get(keys.slice(start, start + rows.limits.reads), request)))
  return found
}
