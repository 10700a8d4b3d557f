import { catchUpKey } from '../consumers/catch-up.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'

/** What a rebuild keeps its place under. */
export function rebuildName(id: string): string {
  return `${id}/rebuild`
}

/** The keys of all that is kept of the rebuilds of a view. */
export function rebuildKeys(id: string): readonly string[] {
  return [catchUpKey(rebuildName(id)), rebuiltKey(id)]
}

/** Notes that the rows of a view were rebuilt completely, at a time in milliseconds since the Unix epoch. */
export async function noteRebuilt(rows: RowStore, id: string, now: number): Promise<void> {
  await rows.write([{ row: { key: rebuiltKey(id), revision: now, value: {} }, when: 'newer' }])
}

/** Whether the rows of a view were ever rebuilt completely. */
export async function wasRebuilt(rows: RowStore, id: string, request?: RequestOptions): Promise<boolean> {
  const [row] = await rows.get([rebuiltKey(id)], request)
  return row !== undefined
}

function rebuiltKey(id: string): string {
  return catchUpKey(`${id}/rebuilt`)
}
