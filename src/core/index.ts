export * from './entity/behavior.ts'
export * from './journal/commit.ts'
export type { CommandCost, Cost, Meter } from './base/cost.ts'
export * from './engine/engine.ts'
export * from './engine/engine-contract.ts'
export type { EngineOptions } from './engine/options.ts'
export * from './entity/entity.ts'
export * from './base/entity-key.ts'
export * from './base/errors.ts'
export * from './history/import-history.ts'
export * from './journal/journal.ts'
export type { CommandEnd, CommandObserver, CommandStart } from './engine/observer.ts'
export type { Outcome } from './engine/outcome.ts'
export type { PastPoint } from './history/past-state.ts'
export type { Platform } from './base/platform.ts'
export type { RetryOptions } from './engine/run.ts'
export type {
  DeclaredSchemas,
  Issue,
  SchemaIssue,
  SchemaResult,
  SchemasByName,
  StandardSchema,
} from './entity/schema.ts'
export * from './entity/snapshot-policy.ts'
export type { ExecuteOptions } from './engine/pending-command.ts'
export { parseTraceparent, type TraceParent } from './base/trace-parent.ts'
export type { CommandOf, EventOf } from './entity/schema-types.ts'
export * from './history/verify.ts'
export type { CacheOptions } from './engine/view-cache.ts'
