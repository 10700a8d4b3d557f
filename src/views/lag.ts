import type { Platform } from '../core/base/platform.ts'
import type { StoredRow } from '../journal/row-store.ts'
import type { ViewLag } from './view-read.ts'

/** The time of the newest commit in some rows; `undefined` where none has one. */
export function newestIn(rows: ReadonlyArray<Pick<StoredRow, 'asOf'> | undefined>): number | undefined {
  const times = rows.flatMap((row) => row?.asOf ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}

/** How far an answer may be behind, by the time of the newest commit in it. */
export function lagOf(platform: Platform, asOf: number | undefined): ViewLag {
  return asOf === undefined ? {} : { lagMs: Math.max(0, platform.now() - asOf) }
}
