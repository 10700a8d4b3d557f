import type { EventMeta } from '../../../consumers/index.ts'
import { storeKey } from '../../../journal/key.ts'
import { projection, type Projection, type View, view } from '../../../views/index.ts'
import { type Code, entitiesOf, numberIn, type Numbered, type NumberedState } from '../entities.ts'

/** The row of an entity. */
export interface StepsRow extends Readonly<Record<string, unknown>> {
  readonly n: number
  readonly version: number
}

/** The row of events of many entities. */
export interface CountsRow extends Readonly<Record<string, unknown>> {
  readonly count: number
  readonly total: number
}

/** Fails where a history wants rows and folds to fail. */
export type Guard = (consumerId: string, key: string, n: number) => void

/** What the read models of a history depend on. */
export interface ReadModelOptions {
  readonly code: Code
  /** Whether the rows of the projection are kept in parts; else they have an index. */
  readonly spread: boolean
  readonly guard: Guard
}

/** The read models as one version of the code has them; each comes in two versions. */
export interface ReadModels {
  readonly steps: (version: number) => View<'steps', StepsRow, 'byRest'>
  readonly counts: (version: number) => Projection<'counts', CountsRow>
}

/** What a view shows of a state that ends with event `n`; `null` for no row. */
export function stepsRow(version: number, n: number): StepsRow | null {
  return n % 4 === 3 ? null : { n, version }
}

/** What the index of the view finds a row by; `undefined` for nothing. */
export function restOf({ n }: Pick<StepsRow, 'n'>): number | undefined {
  return n % 3 === 0 ? undefined : n % 3
}

/** The rows that event `n` of an entity changes. One is named twice. */
export function countedRows(n: number): readonly string[] {
  return n % 10 === 5 ? [] : ['all', `m${n % 2}`, 'all']
}

/** What event `n` adds to a row. */
export function countsRow(version: number, { count, total }: CountsRow, n: number): CountsRow {
  return { count: count + 1, total: total + n * version }
}

/** What the index of the projection finds a row by. */
export function parityOf({ count }: Pick<CountsRow, 'count'>): 'odd' | 'even' {
  return count % 2 === 0 ? 'even' : 'odd'
}

/** The row before its first event. */
export const emptyCounts: CountsRow = { count: 0, total: 0 }

/** How many parts a row has that is spread. */
export const parts = 3

/** Defines the view and the projection: with tombstones, a sparse index, several entities, and rows in parts. */
export function readModels(options: ReadModelOptions): ReadModels {
  return {
    steps: (version) => defineSteps(options, version),
    counts: (version) => defineCounts(options, version),
  }
}

function defineSteps({ code, guard }: ReadModelOptions, version: number): ReturnType<ReadModels['steps']> {
  const { stepper, hauler } = entitiesOf(code)
  return view({
    name: 'steps',
    version,
    from: [stepper, hauler],
    row(state: NumberedState, context) {
      const n = numberIn(state, code)
      guard(`steps@${version}`, storeKey(context), n)
      return stepsRow(version, n)
    },
    indexes: { byRest: { by: restOf, sort: ({ n }) => n } },
  })
}

/** Of odd events it is the key that may fail, of even ones the fold. */
function defineCounts(
  { code, spread, guard }: ReadModelOptions,
  version: number,
): ReturnType<ReadModels['counts']> {
  const { stepper, hauler } = entitiesOf(code)
  const id = `counts@${version}`
  function fold(row: CountsRow, { n }: Numbered, { entity }: Pick<EventMeta, 'entity'>): CountsRow {
    if (n % 2 === 0) guard(id, storeKey(entity), n)
    return countsRow(version, row, n)
  }
  const definition = {
    name: 'counts',
    version,
    from: [stepper, hauler],
    initialRow: emptyCounts,
    key({ n }: Numbered, { entity }: Pick<EventMeta, 'entity'>) {
      if (n % 2 === 1) guard(id, storeKey(entity), n)
      const keys = countedRows(n)
      return keys.length === 0 ? undefined : keys
    },
    on: { Stepped: fold, Hauled: fold },
  } as const
  const merge = (one: CountsRow, other: CountsRow): CountsRow => ({
    count: one.count + other.count,
    total: one.total + other.total,
  })
  return spread
    ? projection({ ...definition, spread: parts, merge })
    : projection({ ...definition, indexes: { byParity: { by: parityOf, sort: ({ total }) => total } } })
}
