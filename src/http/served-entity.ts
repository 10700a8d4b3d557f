import type { CommandContext, ViewContext } from '../core/entity/entity.ts'
import type { DeclaredSchemas } from '../core/entity/schema.ts'
import type { SnapshotPolicy } from '../core/entity/snapshot-policy.ts'

/** Any entity definition, whatever its types: what `entity()` makes. */
export interface ServedEntity extends DeclaredSchemas {
  readonly entityType: string
  readonly initialState: unknown
  onEvent(state: never, event: never): unknown
  onCommand(ctx: CommandContext, state: never, command: never): unknown
  /** Commands that are not served over HTTP and not described. */
  readonly internal?: readonly string[]
  /** What `GET /{type}/{id}` shows of a state, past or present. Default: all of it. */
  view?(state: never, context: ViewContext): unknown
  readonly snapshotPolicy?: SnapshotPolicy
  readonly schemaVersion?: number
}
