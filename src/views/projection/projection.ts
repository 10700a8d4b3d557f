import type { BatchConsumer, ConsumedEntity, EventMeta, EventOfEntity } from '../../consumers/consumer.ts'
import { idOf } from '../../consumers/name.ts'
import { checkNames, type OptionNames } from '../../core/base/check-options.ts'
import { frozenJson, isPlainObject } from '../../core/base/json.ts'
import { checkDefinition } from '../../core/entity/entity.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { checkIndexes, indexNames } from '../index-definitions.ts'
import type { IndexDefinition, IndexDefinitions, RowValue } from '../view-shape.ts'
import { startProjecting } from './project.ts'
import type { ProjectedMeta, ProjectionShape } from './projection-shape.ts'

/** The events of a union that have a type; also those whose `type` is a union itself. */
export type EventNamed<Event, Type> = Event extends { readonly type: infer Own }
  ? Type extends Own
    ? Event
    : never
  : never

/** The types of the events of some entities. */
export type EventTypeOf<Entity> =
  EventOfEntity<Entity> extends { readonly type: infer Type } ? Type & string : never

/** What each type of event makes of a row. */
export type Folds<Entity, Row> = {
  readonly [Type in EventTypeOf<Entity>]?: (
    row: Row,
    event: EventNamed<EventOfEntity<Entity>, Type>,
    meta: ProjectedMeta,
  ) => Row
}

/** What {@link projection} takes. */
export interface ProjectionDefinition<
  Name extends string,
  Entity extends ConsumedEntity,
  Row extends object,
  Indexes extends IndexDefinitions<Row>,
> {
  /** 1 to 64 letters, digits, `_` or `-`, a letter first: `'turnover'`. Part of every row key and path. */
  readonly name: Name
  /** A whole number from 1 on; default 1. Raise it when folds, keys or indexes change: the rows are made again. */
  readonly version?: number
  /** The entities whose events it takes: one definition, or several. */
  readonly from: Entity | readonly Entity[]
  /** What a row is before its first event: a JSON object. */
  readonly initialRow: Row
  /**
   * The row that an event changes, or several: 1 to 512 bytes of text, such as `'2026-11-26'`. `undefined`: none. Pure.
   * Asked only for types of events that `on` names. A tenant's events change rows of the tenant.
   */
  key(event: EventOfEntity<Entity>, meta: EventMeta): string | readonly string[] | undefined
  /**
   * What each type of event makes of a row: pure, and JSON. The row is frozen; returned as it is, nothing is written. Types
   * that are not named change nothing. Events of one entity come in order, those of different entities in any order: the
   * folds must come to the same row, which `findOrderDependence` of `tailfold/testing` checks. One that throws, or returns
   * no row, parks the entity of its event.
   */
  readonly on: Folds<Entity, NoInfer<Row>>
  /** At most 3. Default none. Not together with `spread`. */
  readonly indexes?: Indexes & IndexDefinitions<NoInfer<Row>>
  /**
   * Keeps each row in so many parts, 2 to 64, made one by `merge` when it is read: for rows that many processes change at
   * once. The events of one entity go to one part. Default 1.
   */
  readonly spread?: number
  /** Makes one row of two parts: pure, and the same whatever their order. */
  merge?(one: NoInfer<Row>, other: NoInfer<Row>): NoInfer<Row>
}

/** A projection, ready for `createConsumers` and `readViews`. */
export interface Projection<
  Name extends string = string,
  Row extends object = object,
  IndexName extends string = string,
  Event = unknown,
> extends ProjectionShape,
    BatchConsumer {
  /** Only a type, never a value: the events that it takes. */
  readonly event?: Event
  readonly name: Name
  readonly id: string
  readonly entityTypes: ReadonlySet<string>
  readonly initialRow: Row
  readonly indexes: ReadonlyArray<IndexDefinition<RowValue> & { readonly name: IndexName }>
}

const mostParts = 64

const definitionNames: OptionNames<
  ProjectionDefinition<string, ConsumedEntity, object, IndexDefinitions<object>>
> = {
  name: true,
  version: true,
  from: true,
  initialRow: true,
  key: true,
  on: true,
  indexes: true,
  spread: true,
  merge: true,
}

/**
 * Defines a projection: rows that the events of many entities change, each event once, behind the commits. Rows are found
 * by their key or by an index. Throws `TypeError` for what cannot work.
 */
export function projection<
  const Name extends string,
  Entity extends ConsumedEntity,
  Row extends object,
  // oxlint-disable-next-line typescript/ban-types -- no index, unless some are given
  Indexes extends IndexDefinitions<Row> = {},
>(
  definition: ProjectionDefinition<Name, Entity, Row, Indexes>,
): Projection<Name, Row, Extract<keyof Indexes, string>, EventOfEntity<Entity>> {
  checkNames('projection', definition, definitionNames)
  const { name, version = 1, key, merge, spread = 1, indexes = {} } = definition
  const id = idOf('projection', name, version)
  const what = `projection ${name}`
  if (typeof key !== 'function') throw new TypeError(`key of ${what} must be a function.`)
  const entityTypes = checkSources(what, definition.from)
  const on = checkFolds(what, definition.on)
  checkSpread(what, definition)
  const shape: ProjectionShape = {
    name,
    version,
    id,
    entityTypes,
    initialRow: checkInitialRow(what, definition.initialRow),
    key: (event, meta) => key.call(definition, event as EventOfEntity<Entity>, meta),
    on,
    indexes: checkIndexes(what, indexes as IndexDefinitions<RowValue>),
    spread,
    merge: merge && ((one, other) => merge.call(definition, one as Row, other as Row)),
  }
  return {
    ...shape,
    startFrom: 'beginning',
    shape: shapeText(shape),
    start: () => startProjecting(shape),
  } as Projection<Name, Row, Extract<keyof Indexes, string>, EventOfEntity<Entity>>
}

/** What tells the rows of one definition from those of another, as far as code can be compared: not what the folds compute. */
function shapeText({ entityTypes, on, indexes, spread }: ProjectionShape): string {
  const parts = spread === 1 ? '' : `, each in ${spread} parts,`
  const events = [...on.keys()].toSorted().join(', ')
  return `rows${parts} by ${events} of ${[...entityTypes].toSorted().join(', ')} with the indexes ${indexNames(indexes)}`
}

function checkSources(what: string, from: unknown): ReadonlySet<string> {
  const entities = [from].flat() as readonly ConsumedEntity[]
  if (from === undefined || entities.length === 0)
    throw new TypeError(`from of ${what} must be the entities whose events it takes.`)
  for (const each of entities) checkDefinition(each as never)
  return new Set(entities.map(({ entityType }) => entityType))
}

function checkFolds(what: string, on: unknown): ProjectionShape['on'] {
  if (!isPlainObject(on) || Object.keys(on).length === 0)
    throw new TypeError(`on of ${what} must be an object with a function for each type of event.`)
  return new Map(
    Object.entries(on).map(([type, fold]) => {
      if (typeof fold !== 'function') throw new TypeError(`on.${type} of ${what} must be a function.`)
      return [type, (row, event: TypedMessage, meta) => fold.call(on, row, event, meta) as unknown]
    }),
  )
}

function checkInitialRow(what: string, row: unknown): RowValue {
  if (!isPlainObject(row)) throw new TypeError(`initialRow of ${what} must be an object.`)
  try {
    return frozenJson(row, 'row')
  } catch (error) {
    throw new TypeError(`initialRow of ${what} must be JSON: ${(error as Error).message}`, { cause: error })
  }
}

function checkSpread(
  what: string,
  { spread = 1, merge, indexes = {} }: { spread?: number; merge?: unknown; indexes?: object },
): void {
  if (!Number.isSafeInteger(spread) || spread < 1 || spread > mostParts)
    throw new TypeError(`spread of ${what} must be a whole number from 1 to ${mostParts}.`)
  if (merge !== undefined && typeof merge !== 'function')
    throw new TypeError(`merge of ${what} must be a function.`)
  if (spread === 1) return
  if (merge === undefined)
    throw new TypeError(`merge of ${what} is missing: it makes one row of the ${spread} parts.`)
  if (Object.keys(indexes).length > 0)
    throw new TypeError(
      `indexes of ${what} cannot be kept with spread: no part knows the whole row. Leave one of them out.`,
    )
}
