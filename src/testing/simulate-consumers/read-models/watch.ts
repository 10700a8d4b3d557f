import { canonicalJson } from '../../../core/base/json.ts'
import type { RowStore, StoredRow } from '../../../journal/row-store.ts'
import { memoryRows } from '../../../stores/memory/rows.ts'
import { staleForMs } from '../stale-reads.ts'
import { countedRows, type CountsRow, countsRow, emptyCounts, stepsRow } from './definitions.ts'

/** How far the rows of an entity have come for one consumer. */
export interface Reached {
  readonly revision: number
  readonly parked: boolean
  /** Of a projection that is spread: the part of its rows that the entity's events go to. */
  readonly part?: number | undefined
}

/** What one consumer asked of the rows. */
export interface RowCosts {
  /** Requests that write rows or positions. */
  readonly writes: number
  /** Rows and positions in them. */
  readonly written: number
  /** Requests that read rows or positions. */
  readonly reads: number
  readonly read: number
}

/** Row stores that are watched: what is written is compared with what it must be at that moment. */
export interface WatchedReadModels {
  readonly rows: RowStore
  /** For readers, who are not counted: their indexes show what was written a second ago. */
  readonly late: RowStore
  /** How far the row of an entity is, of a view, or its position, of a projection. */
  reached(consumerId: string, key: string): Reached
  /** The rows of a projection as its positions say, by tenant and row key. */
  folded(consumerId: string): ReadonlyMap<string, CountsRow>
  costs(consumerId: string): RowCosts
  /** When queries were last switched to another version, in milliseconds since the Unix epoch. */
  switched(name: string): number | undefined
  readonly problems: readonly string[]
}

/** What watching takes. */
export interface WatchOptions {
  readonly base: RowStore
  /** The key of each entity. */
  readonly keys: readonly string[]
  readonly lastOf: (key: string, revision: number) => number
  readonly spread: boolean
  readonly now: () => number
}

const noCosts: RowCosts = { writes: 0, written: 0, reads: 0, read: 0 }
const nowhere: Reached = { revision: 0, parked: false }

/** A key of a row or of a position: its tenant with a slash, what it is of, and the rest. */
interface ParsedKey {
  readonly tenant: string
  readonly kind: 'w' | 'p'
  readonly consumerId: string
  readonly rest: string
}

/**
 * Watches the rows of views and projections. A row of a view is what its entity's state at that revision makes; the rows of
 * a projection are what the events up to its positions come to, after each write; nothing falls back.
 */
export function watchReadModels(options: WatchOptions): WatchedReadModels {
  const { base, lastOf, now } = options
  const problems: string[] = []
  const rows = new Map<string, StoredRow>()
  const revisions = new Map<string, number>()
  const reached = new Map<string, Reached>()
  const costs = new Map<string, RowCosts>()
  const switched = new Map<string, number>()
  const late = lateRows(now)

  function count(keys: readonly string[], of: (before: RowCosts) => RowCosts): void {
    const id = keys.map((key) => parseKey(key)?.consumerId).find((found) => found !== undefined)
    if (id !== undefined) costs.set(id, of(costs.get(id) ?? noCosts))
  }

  function see(row: StoredRow, parsed: ParsedKey): void {
    const { tenant, kind, consumerId, rest } = parsed
    const before = revisions.get(row.key) ?? -1
    if (row.revision < before) problems.push(`${row.key} fell from ${before} to ${row.revision}`)
    revisions.set(row.key, row.revision)
    const key = tenant + rest
    const place = `${consumerId} ${key}`
    const last = reached.get(place) ?? nowhere
    if (kind === 'p') {
      const { state, part } = (row.value ?? {}) as { readonly state?: string; readonly part?: number }
      if (last.parked && row.revision > last.revision && !isOfView(consumerId))
        problems.push(`${place} went on from ${last.revision} while it was parked`)
      const revision = isOfView(consumerId) ? last.revision : row.revision
      reached.set(place, { revision, parked: state === 'parked', part })
      return
    }
    rows.set(row.key, row)
    if (!isOfView(consumerId)) return
    reached.set(place, { ...last, revision: row.revision })
    const made = stepsRow(versionOf(consumerId), lastOf(key, row.revision))
    if (canonicalJson(made) !== canonicalJson(row.value ?? null))
      problems.push(`${row.key} at ${row.revision} is ${canonicalJson(row.value ?? null)}`)
  }

  function compareFolded(consumerId: string): void {
    const must = foldedRows(options, consumerId, reached)
    const there = [...rows.keys()].filter((key) => parseKey(key)?.consumerId === consumerId)
    for (const key of new Set([...must.keys(), ...there])) {
      const [wanted, found] = [must.get(key), rows.get(key)?.value].map((row) => canonicalJson(row ?? null))
      if (wanted !== found) problems.push(`${key} is ${found}, not ${wanted}`)
    }
  }

  return {
    problems,
    late: { ...base, query: late.query },
    switched: (name) => switched.get(name),
    reached: (consumerId, key) => reached.get(`${consumerId} ${key}`) ?? nowhere,
    costs: (consumerId) => costs.get(consumerId) ?? noCosts,
    folded: (consumerId) => foldedRows({ ...options, spread: false }, consumerId, reached),
    rows: {
      ...base,
      async get(keys, request) {
        count(keys, (sum) => ({ ...sum, reads: sum.reads + 1, read: sum.read + keys.length }))
        return base.get(keys, request)
      },
      async write(batch, request) {
        const keys = batch.map(({ row }) => row.key)
        count(keys, (sum) => ({ ...sum, writes: sum.writes + 1, written: sum.written + keys.length }))
        const written = await base.write(batch, request)
        if (!written) return written
        late.wrote(batch.map(({ row }) => row))
        const touched = new Set<string>()
        for (const { row } of batch) {
          if (row.key.startsWith('v/')) switched.set(row.key.slice('v/'.length), now())
          const parsed = parseKey(row.key)
          if (parsed === undefined || parsed.consumerId.startsWith('stepping')) continue
          see(row, parsed)
          if (!isOfView(parsed.consumerId)) touched.add(parsed.consumerId)
        }
        for (const consumerId of touched) compareFolded(consumerId)
        return written
      },
      async remove(keys, request) {
        await base.remove(keys, request)
        for (const key of keys) rows.delete(key)
      },
    },
  }
}

/** The rows that the events up to some positions come to, by their keys in the row store. */
function foldedRows(
  { keys, lastOf, spread }: Pick<WatchOptions, 'keys' | 'lastOf' | 'spread'>,
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

/** The rows of read models as an index shows them that is as late as it may be. */
function lateRows(now: () => number) {
  const rows = memoryRows()
  const written: { readonly at: number; readonly rows: readonly StoredRow[] }[] = []

  async function apply(): Promise<void> {
    for (let next = written[0]; next !== undefined && next.at + staleForMs <= now(); next = written[0]) {
      written.shift()
      await rows.remove(next.rows.map(({ key }) => key))
      await rows.write(next.rows.map((row) => ({ row, when: -1 })))
    }
  }

  return {
    wrote(all: readonly StoredRow[]): void {
      const shown = all.filter(({ key }) => parseKey(key)?.kind === 'w')
      if (shown.length > 0) written.push({ at: now(), rows: shown })
    },
    async query(...args: Parameters<RowStore['query']>) {
      await apply()
      return rows.query(...args)
    },
  }
}

/** Whether a consumer is the view of these histories. */
export function isOfView(consumerId: string): boolean {
  return consumerId.startsWith('steps@')
}

function versionOf(consumerId: string): number {
  return Number(consumerId.slice(consumerId.indexOf('@') + 1))
}

function parseKey(key: string): ParsedKey | undefined {
  const [, tenant = '', kind, consumerId, rest] = /^(~[^/]+\/)?([wp])\/([^/]+)\/(.+)$/.exec(key) ?? []
  if (kind === undefined || consumerId === undefined || rest === undefined) return undefined
  return { tenant, kind: kind as ParsedKey['kind'], consumerId, rest }
}
