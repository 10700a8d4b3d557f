import { canonicalJson } from '../../../core/base/json.ts'
import type { StoredRow } from '../../../journal/row-store.ts'
import { countedRows, type CountsRow, countsRow, emptyCounts, stepsRow } from './definitions.ts'
import { isOfView, type ParsedKey, parseKey, versionOf } from './row-keys.ts'

/** How far the rows of an entity have come for one consumer. */
export interface Reached {
  readonly revision: number
  readonly parked: boolean
  /** Of a projection that is spread: the part of its rows that the entity's events go to. */
  readonly part?: number | undefined
}

/** The events that rows are compared with. */
export interface CheckedRowsOptions {
  /** The key of each entity. */
  readonly keys: readonly string[]
  readonly lastOf: (key: string, revision: number) => number
  readonly spread: boolean
}

/** Rows and positions as they were written last, each compared with what it must be at that moment. */
export interface CheckedRows {
  /** Takes what was written together. */
  wrote(rows: readonly StoredRow[]): void
  removed(keys: readonly string[]): void
  /** How far the row of an entity is, of a view, or its position, of a projection. */
  reached(consumerId: string, key: string): Reached
  /** The rows of a projection as its positions say, by tenant and row key. */
  folded(consumerId: string): ReadonlyMap<string, CountsRow>
  readonly problems: readonly string[]
}

const nowhere: Reached = { revision: 0, parked: false }

/**
 * Begins with no rows. A row of a view is what its entity's state at that revision makes; the rows of a projection are what
 * the events up to its positions come to, after each write; nothing falls back.
 */
export function checkedRows(options: CheckedRowsOptions): CheckedRows {
  const { lastOf } = options
  const problems: string[] = []
  const rows = new Map<string, StoredRow>()
  const revisions = new Map<string, number>()
  const reached = new Map<string, Reached>()

  function see(row: StoredRow, parsed: ParsedKey): void {
    const before = revisions.get(row.key) ?? -1
    if (row.revision < before) problems.push(`${row.key} fell from ${before} to ${row.revision}`)
    revisions.set(row.key, row.revision)
    if (parsed.kind === 'p') seePosition(row, parsed)
    else seeRow(row, parsed)
  }

  function seePosition({ revision, value }: StoredRow, { tenant, consumerId, rest }: ParsedKey): void {
    const { state, part } = (value ?? {}) as { readonly state?: string; readonly part?: number }
    const place = `${consumerId} ${tenant}${rest}`
    const last = reached.get(place) ?? nowhere
    if (last.parked && revision > last.revision && !isOfView(consumerId))
      problems.push(`${place} went on from ${last.revision} while it was parked`)
    const at = isOfView(consumerId) ? last.revision : revision
    reached.set(place, { revision: at, parked: state === 'parked', part })
  }

  function seeRow(row: StoredRow, { tenant, consumerId, rest }: ParsedKey): void {
    rows.set(row.key, row)
    if (!isOfView(consumerId)) return
    const key = tenant + rest
    const place = `${consumerId} ${key}`
    reached.set(place, { ...(reached.get(place) ?? nowhere), revision: row.revision })
    const made = stepsRow(versionOf(consumerId), lastOf(key, row.revision))
    if (canonicalJson(made) !== canonicalJson(row.value ?? null))
      problems.push(`${row.key} at ${row.revision} is ${canonicalJson(row.value ?? null)}`)
  }

  function compareFolded(consumerId: string): void {
    const there = [...rows].filter(([key]) => parseKey(key)?.consumerId === consumerId)
    problems.push(...differences(foldedRows(options, consumerId, reached), new Map(there)))
  }

  return {
    problems,
    reached: (consumerId, key) => reached.get(`${consumerId} ${key}`) ?? nowhere,
    folded: (consumerId) => foldedRows({ ...options, spread: false }, consumerId, reached),
    wrote(written) {
      const touched = new Set<string>()
      for (const { row, parsed } of ofReadModels(written)) {
        see(row, parsed)
        if (!isOfView(parsed.consumerId)) touched.add(parsed.consumerId)
      }
      for (const consumerId of touched) compareFolded(consumerId)
    },
    removed(keys) {
      for (const key of keys) rows.delete(key)
    },
  }
}

/** Rows and positions of views and projections. */
function ofReadModels(written: readonly StoredRow[]) {
  return written.flatMap((row) => {
    const parsed = parseKey(row.key)
    return parsed === undefined || parsed.consumerId.startsWith('stepping') ? [] : [{ row, parsed }]
  })
}

/** How the rows of a projection differ from what they must be. */
function differences(
  wanted: ReadonlyMap<string, CountsRow>,
  found: ReadonlyMap<string, StoredRow>,
): readonly string[] {
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((key) => {
    const [one, other] = [wanted.get(key), found.get(key)?.value].map((row) => canonicalJson(row ?? null))
    return one === other ? [] : [`${key} is ${other}, not ${one}`]
  })
}

/** The rows that the events up to some positions come to, by their keys in the row store. */
function foldedRows(
  { keys, lastOf, spread }: CheckedRowsOptions,
  consumerId: string,
  reached: ReadonlyMap<string, Reached>,
): ReadonlyMap<string, CountsRow> {
  const rows = new Map<string, CountsRow>()
  for (const key of keys) {
    const { revision, part } = reached.get(`${consumerId} ${key}`) ?? nowhere
    const [tenant = ''] = /^~[^/]+\//.exec(key) ?? []
    const last = lastOf(key, revision)
    for (let n = 1; n <= last; n++)
      for (const row of new Set(countedRows(n))) {
        const rowKey = `${tenant}w/${consumerId}/${row}${spread ? `/${part}` : ''}`
        rows.set(rowKey, countsRow(versionOf(consumerId), rows.get(rowKey) ?? emptyCounts, n))
      }
  }
  return rows
}
