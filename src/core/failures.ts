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
  handler: 'onCommand' | 'onEvent' | 'reply',
  what: string,
  cause?: unknown,
): TailfoldError {
  return new TailfoldError(
    'handler-failed',
    `${handler} of ${describeEntity(entity)} ${what}. Nothing was written.`,
    { entity: describeEntity(entity), handler },
    { cause },
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

/** The error for a request that failed or got no answer. */
export function storeUnavailable(
  operation: string,
  why: string,
  cause?: unknown,
): TailfoldError<'store-unavailable'> {
  return new TailfoldError(
    'store-unavailable',
    `The store could not ${operation}: ${why}.`,
    { operation, applied: 'unknown' },
    { cause },
  )
}
