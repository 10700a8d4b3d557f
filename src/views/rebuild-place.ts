import { catchUpKey } from '../consumers/catch-up.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import type { RowStore } from '../journal/row-store.ts'

/** What a rebuild keeps its place under. */
export function rebuildName(id: string): string {
  return `${id}/rebuild`
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

/** The key of the note that the rows of a view were rebuilt. */
export function rebuiltKey(id: string): string {
  return catchUpKey(`${id}/rebuilt`)
}
