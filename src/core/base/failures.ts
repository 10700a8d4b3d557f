import { describeEntity, type EntityKey } from './entity-key.ts'
import { TailfoldError } from './errors.ts'

/** The error for a journal with records that Tailfold cannot have written. */
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

/** The error for a handler that threw or returned an invalid value. */
export function handlerFailed(
  entity: EntityKey,
  handler: 'onCommand' | 'onEvent' | 'reply' | 'schema' | 'view' | 'row',
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

/** The error for a command that found too many others waiting, by count or by bytes. */
export function queueFull(entity: EntityKey, limit: number, unit: 'commands' | 'bytes'): TailfoldError {
  const name = describeEntity(entity)
  const full =
    unit === 'commands'
      ? `The queue of ${name} in this process is full (maxQueue: ${limit})`
      : `Commands of ${limit} bytes in all are waiting in this process (maxQueueBytes)`
  return new TailfoldError('queue-full', `${full}. Nothing was written. Retry later.`, {
    entity: name,
    limit,
  })
}

/** The error for a command that lost every attempt, or whose time ran out before its first. */
export function conflictBudgetExhausted(entity: EntityKey, attempts: number): TailfoldError {
  const name = describeEntity(entity)
  const message =
    attempts === 0
      ? `The time of a command for ${name} ran out before its first attempt to write; nothing was written. Retry.`
      : `Other writers of ${name} won all ${attempts} attempts; nothing was written. Retry.`
  return new TailfoldError('conflict-budget-exhausted', message, { entity: name, attempts })
}

/** The error for a command id whose use in the last `dedupeForSeconds` could not be ruled out within bounds. */
export function commandIdUnverified(entity: EntityKey): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError(
    'command-id-unverified',
    `Too many recent commands of ${name} carry an id to find out whether this one was used before; nothing was carried out. Retry with the same id, or use dedupe: 'always'.`,
    { entity: name },
  )
}

/** The error for a rejection under a command id beyond what is recorded for one entity. */
export function tooManyRejections(entity: EntityKey, limit: number): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError(
    'too-many-rejections',
    `${name} rejected more than ${limit} commands with an id (maxRecordedRejections); this rejection was not recorded. Retry later.`,
    { entity: name, limit },
  )
}

/** The error for a command that came after `Behaviors.stopped()`, or after its actor was stopped. */
export function entityStopped(entity: EntityKey, why = 'its behavior stopped it'): TailfoldError {
  const name = describeEntity(entity)
  return new TailfoldError('entity-stopped', `${name} is stopped: ${why}. Spawn it again to continue.`, {
    entity: name,
    why,
  })
}

/** The error for a fault in Tailfold itself. */
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
    `The store did not confirm in time whether the commit of ${describeEntity(entity)} was written. Retry with the same command id: the command is carried out once.`,
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

/**
 * The error for a feed that cannot go on from a cursor.
 *
 * @param problem Completes "The change feed cannot go on: ", without the full stop.
 */
export function feedLost(problem: string): TailfoldError<'feed-lost'> {
  return new TailfoldError(
    'feed-lost',
    `The change feed cannot go on: ${problem}. Catch up: read the feed from its beginning.`,
    { problem },
  )
}
