export * from './behavior.ts'
export * from './commit.ts'
export type { CommandCost, Cost, Meter } from './cost.ts'
export * from './engine.ts'
export * from './engine-contract.ts'
export type { EngineOptions } from './engine-options.ts'
export * from './entity.ts'
export * from './entity-key.ts'
export * from './errors.ts'
export * from './import-history.ts'
export * from './journal.ts'
export type { CommandEnd, CommandObserver, CommandStart } from './observer.ts'
export type { Outcome } from './outcome.ts'
export type { PastPoint } from './past-state.ts'
export type { Platform } from './platform.ts'
export type { RetryOptions } from './retry-budget.ts'
export type {
  DeclaredSchemas,
  Issue,
  SchemaIssue,
  SchemaResult,
  SchemasByName,
  StandardSchema,
} from './schema.ts'
export * from './snapshot-policy.ts'
export type { ExecuteOptions } from './task.ts'
export { parseTraceparent, type TraceParent } from './trace-parent.ts'
export type { CommandOf, EventOf } from './typed-by-schema.ts'
export * from './verify.ts'
export type { CacheOptions } from './view-cache.ts'
