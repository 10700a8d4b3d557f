import { type AnyEntity, resolveEntity } from '../core/entity/entity.ts'
import type { ConsumedEntity, StateConsumer } from '../consumers/consumer.ts'
import { checkNames, type OptionNames } from '../core/base/check-options.ts'
import { idOf } from '../consumers/name.ts'
import { checkIndexes, indexNames } from './index-definitions.ts'
import { keepRow } from './keep-row.ts'
import type {
  IndexDefinition,
  IndexDefinitions,
  RowContext,
  RowValue,
  ViewEntity,
  ViewShape,
} from './view-shape.ts'

/** The state of an entity definition. */
export type StateOfEntity<Entity> = Entity extends { onEvent(...args: never[]): infer State } ? State : never

/** What {@link view} takes. */
export interface ViewDefinition<
  Name extends string,
  Entity extends ConsumedEntity,
  Row extends object,
  Indexes extends IndexDefinitions<Row>,
> {
  /** 1 to 64 letters, digits, `_` or `-`, a letter first: `'carts'`. Part of every row key and path. */
  readonly name: Name
  /** A whole number from 1 on; default 1. Raise it when rows or indexes change, and rebuild. */
  readonly version?: number
  /** The entities that have a row: one definition, or several. */
  readonly from: Entity | readonly Entity[]
  /**
   * Makes the row of an entity from its state: pure, and JSON. `null`: the entity has no row. A row depends on nothing but
   * the state, so it may be made at any time, any number of times, from any process.
   */
  row(state: StateOfEntity<Entity>, context: RowContext): Row | null
  /** At most 3. Default none. */
  readonly indexes?: Indexes & IndexDefinitions<Row>
}

/** A view, ready for `createConsumers` and `readViews`. */
export interface View<
  Name extends string = string,
  Row extends object = object,
  IndexName extends string = string,
  State = unknown,
> extends ViewShape,
    StateConsumer {
  /** Only a type, never a value: the states that it has rows of. */
  readonly state?: State
  readonly name: Name
  readonly id: string
  readonly row: (state: unknown, context: RowContext) => Row | null
  readonly indexes: ReadonlyArray<IndexDefinition<RowValue> & { readonly name: IndexName }>
}

const definitionNames: OptionNames<ViewDefinition<string, ConsumedEntity, object, IndexDefinitions<object>>> =
  {
    name: true,
    version: true,
    from: true,
    row: true,
    indexes: true,
  }

/**
 * Defines a view: one row for each entity, a pure function of its state, kept up to date behind the commits, found by the
 * entity's id or by an index. Throws `TypeError` for what cannot work.
 */
export function view<
  const Name extends string,
  Entity extends ConsumedEntity,
  Row extends object,
  // oxlint-disable-next-line typescript/ban-types -- no index, unless some are given
  Indexes extends IndexDefinitions<Row> = {},
>(
  definition: ViewDefinition<Name, Entity, Row, Indexes>,
): View<Name, Row, Extract<keyof Indexes, string>, StateOfEntity<Entity>> {
  checkNames('view', definition, definitionNames)
  const { name, version = 1, from, row, indexes = {} } = definition
  const id = idOf('view', name, version)
  if (typeof row !== 'function') throw new TypeError(`View ${name} needs a function row.`)
  const sources = new Map<string, ViewEntity>()
  for (const entity of [from].flat() as unknown as readonly AnyEntity[]) {
    const resolved = resolveEntity(entity)
    sources.set(resolved.entityType, { definition: entity, resolved })
  }
  if (sources.size === 0) throw new TypeError(`View ${name} needs the entities that it has rows of.`)
  const shape = {
    name,
    version,
    id,
    sources,
    row: (state: unknown, context: RowContext) =>
      row.call(definition, state as StateOfEntity<Entity>, context),
    indexes: checkIndexes(`view ${name}`, indexes) as View<
      Name,
      Row,
      Extract<keyof Indexes, string>
    >['indexes'],
  }
  return {
    ...shape,
    entityTypes: new Set(sources.keys()),
    startFrom: 'beginning',
    shape: shapeText(shape),
    update: async (update) => keepRow(shape as ViewShape, update),
  }
}

/** What tells the rows of one definition from those of another, as far as code can be compared: not what `row` computes. */
function shapeText({ sources, indexes }: Pick<ViewShape, 'sources' | 'indexes'>): string {
  return `rows of ${[...sources.keys()].toSorted().join(', ')} with the indexes ${indexNames(indexes)}`
}
