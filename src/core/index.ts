export { Behaviors, type EventSourcedBehavior, type EventSourcedOptions } from './entity/behaviors.ts'
export type { Behavior, Persisted, PersistedOptions } from './entity/behavior.ts'
export {
  type AnyEntity,
  type CommandContext,
  entity,
  type EntityDefinition,
  type ViewContext,
} from './entity/entity.ts'
export type { ActorRef, CommandInput, Principal, ReplyOf, TypedMessage } from './entity/message.ts'
export type {
  DeclaredSchemas,
  SchemaIssue,
  SchemaResult,
  SchemasByName,
  StandardSchema,
} from './entity/schema.ts'
export type { CommandOf, EventOf } from './entity/schema-types.ts'
export {
  snapshotByBytes,
  type SnapshotDistance,
  snapshotEvery,
  type SnapshotPolicy,
} from './entity/snapshot-policy.ts'
export type { CommandCost, Cost, Meter, RequestOptions } from './base/cost.ts'
export type { EntityKey } from './base/entity-key.ts'
export {
  type ErrorCode,
  type ErrorData,
  isTailfoldError,
  TailfoldError,
  type TailfoldErrorOptions,
} from './base/errors.ts'
export type { Issue } from './base/issue.ts'
export type { Metadata } from './base/metadata.ts'
export type { AsyncContext, Platform, RunInContext } from './base/platform.ts'
export type { Engine, ExecuteOptions, HistoryReader, ReadOptions } from './engine/contract.ts'
export { createEngine } from './engine/engine.ts'
export type { CommandEnd, CommandObserver, CommandStart, Effort } from './engine/observer.ts'
export type { EngineOptions } from './engine/options.ts'
export type { Outcome } from './engine/outcome.ts'
export type { RetryOptions } from './engine/run.ts'
export type { StateAt } from './engine/view.ts'
export type { CacheOptions } from './engine/view-cache.ts'
export type * from './journal/commit.ts'
export type * from './journal/commit-draft.ts'
export type { EventJournal, PersistedEvent, PersistResult, Snapshot } from './journal/event-journal.ts'
export type * from './journal/journal.ts'
