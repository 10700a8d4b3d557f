import type { AnyEntity, ResolvedEntity } from '../core/entity/entity.ts'
import type { IndexValue } from './index-text.ts'

/** A row of a view as it is stored: a JSON object. Types of rows may be interfaces too. */
export type RowValue = Readonly<Record<string, unknown>>

/** What a row function knows beside the state. Frozen. */
export interface RowContext {
  readonly entityType: string
  readonly entityId: string
  /** The tenant that owns the entity; `undefined` for none. */
  readonly tenant: string | undefined
}

/** How rows are found other than by the id of their entity. Pure functions of the row. */
export interface IndexDefinition<Row> {
  /** What the index finds the row by. `undefined`: the row is not in this index. */
  readonly by: (row: Row) => IndexValue | undefined
  /** What rows of one value are ordered by. Those with an equal sort, or without one, come in an order of the store. */
  readonly sort?: (row: Row) => IndexValue
}

/** The indexes of a view, by their names. */
export type IndexDefinitions<Row> = Readonly<Record<string, IndexDefinition<Row>>>

/** What a view is, without the types of its rows. */
export interface ViewShape {
  readonly name: string
  readonly version: number
  /** `<name>@<version>`. */
  readonly id: string
  /** The entity definitions, by their types. */
  readonly sources: ReadonlyMap<string, ViewEntity>
  readonly row: (state: unknown, context: RowContext) => object | null
  /** In the order in which they were declared, which is their place in a row store. */
  readonly indexes: ReadonlyArray<IndexDefinition<RowValue> & { readonly name: string }>
}

/** An entity type of a view, as it was defined and with its defaults. */
export interface ViewEntity {
  readonly definition: AnyEntity
  readonly resolved: ResolvedEntity
}
