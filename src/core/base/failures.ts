import { describeEntity, type EntityKey } from './entity-key.ts'
import { TailfoldError } from './errors.ts'

/** The error for a journal that holds what Tailfold cannot have written. */
export function journalCorrupt(
  entity: EntityKey,
  revision: number,
  problem: string,
  cause?: unknown,
): TailfoldError {
  return new TailfoldError(
    'journal-corrupt',
    `The journal of ${describeEntity(entity)} is corrupt at revision ${revision}: ${problem}. Restore that record from a backup; other entities are not affected.`,
    { entity: describeEntity(entity), revision, problem },
    { cause },
  )
}

/** The error for a handler of the user's that threw, or returned what it must not. */
export function handlerFailed(
  entity: EntityKey,
  handler: 'onCommand' | 'onEvent' | 'reply' | 'schema',
  what: string,
  cause?: unknown,
): TailfoldError<'handler-failed'> {
  return new TailfoldError(
    'handler-failed',
    `${handler} of ${describeEntity(entity)} ${what}. Nothing was written.`,
    { entity: describeEntity(entity), handler },
    { cause },
  )
}

/** The error for a command that persists more events than one may. */
export function tooManyEvents(entity: EntityKey, events: number, limit: number): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError(
    'too-many-events',
    `A command for ${name} persists ${events} events; the limit is ${limit} (maxEvents). Nothing was written. Split the command.`,
    { entity: name, events, limit },
  )
}

/** The error for a command that found too many others waiting. */
export function queueFull(entity: EntityKey, limit: number): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError(
    'queue-full',
    `${limit} commands wait for ${name} in this process; no more may (maxQueue). Nothing was written. Send it again later.`,
    { entity: name, limit },
  )
}

/** The error for a command that lost every attempt. */
export function conflictBudgetExhausted(entity: EntityKey, attempts: number): TailfoldError {
  const tried =
    attempts === 0 ? 'Its turn did not come in time' : `Other writers won all ${attempts} attempts`
  return new TailfoldError(
    'conflict-budget-exhausted',
    `The command for ${describeEntity(entity)} was not carried out. ${tried}; nothing was written. Send it again.`,
    { entity: describeEntity(entity), attempts },
  )
}

/** The error for a command that came after `Behaviors.stopped()`, or after its actor was stopped. */
export function entityStopped(entity: EntityKey, why = 'its behavior stopped it'): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError('entity-stopped', `${name} is stopped: ${why}. Spawn it again to go on.`, {
    entity: name,
    why,
  })
}

/** The error for what should not have happened. */
export function unexpected(entity: EntityKey, cause: unknown): TailfoldError {
  return new TailfoldError(
    'unexpected',
    `A command for ${describeEntity(entity)} failed on an error that Tailfold does not expect. Please report it with its cause.`,
    { entity: describeEntity(entity) },
    { cause },
  )
}

/** The error for a commit whose fate was not learned in time. */
export function outcomeUnknown(entity: EntityKey, cause: unknown): TailfoldError {
  return new TailfoldError(
    'outcome-unknown',
    `The store did not say in time whether the commit of ${describeEntity(entity)} was written. Send the command again with the same command id: it is carried out once.`,
    { entity: describeEntity(entity) },
    { cause },
  )
}

/** What a store knows about a request that failed. */
export interface StoreFailure {
  /** `'no'` only where the store proves that the request changed nothing. */
  readonly applied: 'no' | 'unknown'
  /** Whether the same request may succeed later. Default true. */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/**
 * The error for a store that could not be used.
 *
 * @param operation Completes "The store could not …": `'append'`, `'open'`.
 * @param why What failed and what to do, without the full stop.
 */
export function storeFailure(
  operation: string,
  why: string,
  { applied, retryable = true, cause }: StoreFailure,
): TailfoldError<'store-unavailable'> {
  return new TailfoldError(
    'store-unavailable',
    `The store could not ${operation}: ${why}.`,
    { operation, applied },
    { cause, retryable },
  )
}
