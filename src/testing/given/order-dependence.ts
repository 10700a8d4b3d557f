import { type Checks, checkOptions, wholeNumber } from '../../core/base/check-options.ts'
import { canonicalJson } from '../../core/base/json.ts'
import { storeKey } from '../../journal/key.ts'
import type { StoredRow } from '../../journal/row-store.ts'
import { foldRow, type RowChange, rowChanges } from '../../views/projection/fold.ts'
import type { Projection } from '../../views/projection/projection.ts'
import { mergeParts, projectedKey } from '../../views/projection/projected-row.ts'
import type { ProjectionShape } from '../../views/projection/projection-shape.ts'
import type { RowValue } from '../../views/view-shape.ts'
import { seededRandom } from '../virtual-platform.ts'
import { deliveredEvents, type GivenEvent } from './projected-events.ts'

/** Two events of different entities whose order a row depends on, or parts of a row that do not make the whole. */
export interface OrderDependence {
  /** The types of the two events; `['merge', 'merge']` where the fault is in `merge`. */
  readonly events: readonly [string, string]
  readonly rowKey: string
  /** The row in one order and in the other; a text where a fold failed. */
  readonly rows: readonly [RowValue | string, RowValue | string]
}

/** Options of {@link findOrderDependence}. */
export interface OrderOptions {
  /** Default 1. */
  readonly seed?: number
  /** Orders to be tried. Default 100. */
  readonly orders?: number
}

type Rows = Map<string, RowValue>

const checks: Checks<OrderOptions> = { seed: wholeNumber(0), orders: wholeNumber(1) }

/**
 * Looks for folds that do not commute: shuffles events of different entities, each entity's own in their order, and compares
 * each row with the one that two neighbours make when they change places. Returns one example for each pair of types; `[]`
 * where the events given show none. Throws `handler-failed` where folds fail in every order, and `TypeError` where no row is
 * changed by events of two entities: their order shows nothing then.
 */
export function findOrderDependence<Event>(
  projection: Projection<string, object, string, Event>,
  events: readonly NoInfer<GivenEvent<Event>>[],
  options: OrderOptions = {},
): readonly OrderDependence[] {
  checkOptions('findOrderDependence', options, checks)
  const { seed = 1, orders = 100 } = options
  checkShared(projection, events)
  const random = seededRandom(seed)
  const found = new Map<string, OrderDependence>()
  for (let order = 0; order < orders; order++) {
    const waiting = queuesOf(projection, events)
    const rows: Rows = new Map()
    while (waiting.length > 0) {
      for (const dependence of swaps(projection, rows, waiting))
        if (!found.has(String(dependence.events))) found.set(String(dependence.events), dependence)
      const place = Math.floor(random() * waiting.length)
      const [next, ...rest] = waiting[place] ?? []
      try {
        apply(projection, rows, next ?? [])
      } catch (error) {
        // An order that fails ends there; one that fails alike in every order shows nothing about the order.
        if (found.size === 0) throw error
        break
      }
      if (rest.length === 0) waiting.splice(place, 1)
      else waiting[place] = rest
    }
    const merged = projection.spread > 1 && found.size === 0 && parts(projection, events, rows, random)
    if (merged) found.set('merge', merged)
  }
  return [...found.values()]
}

/** Events of one entity come in order: only a row that two of them change can tell one order from another. */
function checkShared(projection: ProjectionShape, events: readonly unknown[]): void {
  const places = queuesOf(projection, events).flatMap((queue) => [
    ...new Set(queue.flat().map((change) => placeOf(projection, change))),
  ])
  if (new Set(places).size < places.length) return
  throw new TypeError(
    'findOrderDependence needs events of two entities or more that change the same row: { event, entityId }. Of the events given no order can make a difference.',
  )
}

/** The changes of each event, in queues of one entity each. */
function queuesOf(projection: ProjectionShape, events: readonly unknown[]): (readonly RowChange[])[][] {
  const queues = new Map<string, (readonly RowChange[])[]>()
  for (const delivered of deliveredEvents(projection, events)) {
    const key = storeKey(delivered.meta.entity)
    queues.set(key, [...(queues.get(key) ?? []), rowChanges(projection, delivered)])
  }
  return [...queues.values()]
}

function placeOf(projection: ProjectionShape, { meta }: RowChange): string {
  return projectedKey(projection, meta.entity.tenant, meta.rowKey)
}

function apply(projection: ProjectionShape, rows: Rows, changes: readonly RowChange[]): void {
  for (const change of changes) {
    const place = placeOf(projection, change)
    rows.set(place, foldRow(projection, rows.get(place) ?? projection.initialRow, change))
  }
}

/** What changes when two events that come next change places. */
function* swaps(
  projection: ProjectionShape,
  rows: Rows,
  waiting: readonly (readonly (readonly RowChange[])[])[],
): Generator<OrderDependence> {
  for (const [index, [one = []] = []] of waiting.entries())
    for (const [other = []] of waiting.slice(index + 1))
      for (const first of one) {
        const place = placeOf(projection, first)
        const second = other.find((change) => placeOf(projection, change) === place)
        if (second === undefined) continue
        const before = rows.get(place) ?? projection.initialRow
        const [ahead, behind] = [
          both(projection, before, [first, second]),
          both(projection, before, [second, first]),
        ]
        if (canonicalJson(ahead) === canonicalJson(behind)) continue
        const events = [first.event.type, second.event.type].toSorted() as [string, string]
        yield { events, rowKey: first.meta.rowKey, rows: [ahead, behind] }
      }
}

function both(projection: ProjectionShape, before: object, changes: readonly RowChange[]): RowValue | string {
  try {
    return changes.reduce((row, change) => foldRow(projection, row, change), before as RowValue)
  } catch (error) {
    return error instanceof Error ? error.message : 'it threw no error'
  }
}

/** Compares whole rows with those that `merge` makes when entities are divided among parts. */
function parts(
  projection: ProjectionShape,
  events: readonly unknown[],
  whole: Rows,
  random: () => number,
): OrderDependence | undefined {
  const divided = Array.from({ length: projection.spread }, (): Rows => new Map())
  for (const queue of queuesOf(projection, events)) {
    const rows = divided[Math.floor(random() * divided.length)] as Rows
    for (const changes of queue) apply(projection, rows, changes)
  }
  for (const [place, row] of whole) {
    const stored = divided.flatMap((rows): StoredRow[] => {
      const value = rows.get(place)
      return value === undefined ? [] : [{ key: place, revision: 0, value }]
    })
    const merged = mergeParts(projection, undefined, place, stored)?.value ?? 'no row'
    if (canonicalJson(merged) !== canonicalJson(row))
      return { events: ['merge', 'merge'], rowKey: place, rows: [row, merged] }
  }
  return undefined
}
