import type { EventMeta } from '../../consumers/consumer.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import type { IndexDefinition, RowValue } from '../view-shape.ts'

/** What a fold knows of an event beside its content. Frozen. */
export interface ProjectedMeta extends EventMeta {
  /** The row that is changed: what `key` returned. */
  readonly rowKey: string
}

/** What a projection is, without the types of its events and rows. */
export interface ProjectionShape {
  readonly name: string
  readonly version: number
  /** `<name>@<version>`. */
  readonly id: string
  readonly entityTypes: ReadonlySet<string>
  /** Frozen. */
  readonly initialRow: object
  /** Returns what the code of the user returns: anything. */
  readonly key: (event: TypedMessage, meta: EventMeta) => unknown
  /** The folds, by the types of events. */
  readonly on: ReadonlyMap<string, (row: object, event: TypedMessage, meta: ProjectedMeta) => unknown>
  /** In the order in which they were declared, which is their place in a row store. */
  readonly indexes: ReadonlyArray<IndexDefinition<RowValue> & { readonly name: string }>
  /** Rows that each row is kept in; 1 for the row alone. */
  readonly spread: number
  /** Makes one row of two; there where `spread` is above 1. */
  readonly merge?: ((one: RowValue, other: RowValue) => unknown) | undefined
}
