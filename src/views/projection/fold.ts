import { type DeliveredEvent, eventsOfCommit } from '../../consumers/delivered-events.ts'
import { passesByItself } from '../../consumers/handle-commits.ts'
import { checkEntityId, type EntityKey } from '../../core/base/entity-key.ts'
import { describeValue } from '../../core/base/describe-value.ts'
import { handlerFailed } from '../../core/base/failures.ts'
import { frozenJson, isPlainObject } from '../../core/base/json.ts'
import type { Commit } from '../../core/journal/commit.ts'
import { errorText } from '../error-text.ts'
import type { RowValue } from '../view-shape.ts'
import type { ProjectedMeta, ProjectionShape } from './projection-shape.ts'

/** An event that changes a row. */
export interface RowChange extends DeliveredEvent {
  readonly meta: ProjectedMeta
}

/** What the events of a commit change, in order. Throws `handler-failed` where `key` fails. */
export function changesOf(
  projection: ProjectionShape,
  key: string,
  entity: EntityKey,
  commit: Commit,
  replay: boolean,
): readonly RowChange[] {
  return eventsOfCommit(key, entity, commit, replay).flatMap((delivered) => rowChanges(projection, delivered))
}

/** The rows that one event changes: none where the projection does not name its type. */
export function rowChanges(projection: ProjectionShape, delivered: DeliveredEvent): readonly RowChange[] {
  const { event, meta } = delivered
  if (!projection.on.has(event.type)) return []
  return attempt(projection, delivered, 'key', () => {
    const returned = projection.key(event, meta)
    const keys: unknown[] = returned === undefined ? [] : Array.isArray(returned) ? returned : [returned]
    return [...new Set(keys)].map((rowKey) => {
      if (typeof rowKey !== 'string')
        throw new TypeError(
          `it must return text, a list of texts or undefined, not ${describeValue(returned)}`,
        )
      checkEntityId(rowKey)
      return { event, meta: Object.freeze({ ...meta, rowKey }) }
    })
  })
}

/** The row after an event. Throws `handler-failed` where the fold fails. */
export function foldRow(projection: ProjectionShape, row: object, change: RowChange): RowValue {
  const { event, meta } = change
  return attempt(projection, change, `on.${event.type}`, () => {
    const next = projection.on.get(event.type)?.(row, event, meta) ?? undefined
    if (next === row) return row as RowValue
    if (!isPlainObject(next)) throw new TypeError(`it must return a row, not ${describeValue(next)}`)
    return frozenJson(next, 'row')
  })
}

/** Runs code of the user for an event; what it throws is named, unless it passes by itself. */
export function attempt<Result>(
  { id }: ProjectionShape,
  { event, meta }: DeliveredEvent,
  what: string,
  run: () => Result,
): Result {
  try {
    return run()
  } catch (error) {
    if (passesByItself(error)) throw error
    const where = `in projection ${id} failed at event ${meta.sequenceNr} (${event.type})`
    throw handlerFailed(meta.entity, 'row', `${where}: ${what}: ${errorText(error)}`, error)
  }
}
