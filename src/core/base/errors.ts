import type { Issue } from './issue.ts'

/**
 * What each error code carries beside its message. `entity` is `type/id`; revisions are commit numbers.
 * No enumerable field holds payload data, so an error may be logged as it is.
 */
export interface ErrorData {
  /** The id breaks the rules for entity ids. */
  'invalid-id': { readonly problem: string }
  /** A query of a view cannot be answered as it was asked: a forged cursor, an index that is not there, a bound of a wrong type. */
  'invalid-query': { readonly problem: string }
  /** The rows of a view do not include yet what a query demands. Nothing older was answered; ask again. */
  'view-behind': { readonly view: string; readonly entity: string }
  /** The command's shape is wrong before any handler saw it. */
  'invalid-command': {
    readonly problem: string
    /** What the schema of the command found. Not enumerable, for it may quote what was sent. */
    readonly issues?: readonly Issue[]
  }
  /** `onCommand` does not know this command. */
  'unhandled-command': { readonly entity: string; readonly command: string }
  /** `onCommand` rejected the command: `Behaviors.rejected(reason, details)`. */
  rejected: {
    readonly entity: string
    readonly reason: string
    readonly details: unknown
    readonly revision: number
  }
  /** The command id was used before with a different command. */
  'command-id-reused': { readonly entity: string; readonly revision: number }
  /**
   * Whether the command id was used lately could not be found out within bounds: too many commands carried an id.
   * Nothing was carried out.
   */
  'command-id-unverified': { readonly entity: string }
  /** The entity rejected more commands with an id than one process records in a period. Nothing was written. */
  'too-many-rejections': { readonly entity: string; readonly limit: number }
  /** The caller demanded a revision that is not the current one. */
  'revision-mismatch': { readonly entity: string; readonly expected: number; readonly actual: number }
  /** `onCommand`, `onEvent`, `view`, a schema or the row function of a view threw, or returned what it must not. Nothing was written. */
  'handler-failed': {
    readonly entity: string
    readonly handler: 'onCommand' | 'onEvent' | 'reply' | 'schema' | 'view' | 'row'
    /** What the schema of an event or reply found. Not enumerable, for it may quote them. */
    readonly issues?: readonly Issue[]
  }
  /** `onEvent` returned nothing for an event: this code does not know the type. */
  'unknown-event': { readonly entity: string; readonly eventType: string; readonly sequenceNr: number }
  /** A value to be stored is not plain JSON. */
  'not-json': { readonly path: string; readonly found: string }
  /** The commit would exceed what one record of the store may hold. Nothing was written. */
  'record-too-large': { readonly entity: string; readonly bytes: number; readonly limitBytes: number }
  /** The command persists more events than one may. Nothing was written. */
  'too-many-events': { readonly entity: string; readonly events: number; readonly limit: number }
  /** Too many commands are waiting in this process, by count for the entity or by bytes in all. Nothing was written. */
  'queue-full': { readonly entity: string; readonly limit: number }
  /** What the journal holds cannot be what Tailfold wrote: a gap, a duplicate, an altered or unreadable record. */
  'journal-corrupt': { readonly entity: string; readonly revision: number; readonly problem: string }
  /** The events are sound, but a stored state is not what this code makes of them. Only `verify` throws it. */
  'state-differs': { readonly entity: string; readonly revision: number; readonly problem: string }
  /** Other writers won every attempt. Nothing was written. */
  'conflict-budget-exhausted': { readonly entity: string; readonly attempts: number }
  /** The store could not be used. `applied` is `'no'` only where the store proves that the request changed nothing. */
  'store-unavailable': { readonly operation: string; readonly applied: 'no' | 'unknown' }
  /** The commit may or may not land. Sending the command again with the same command id is safe. */
  'outcome-unknown': { readonly entity: string }
  /** The cursor of a feed is of another life of the store, or what it names is gone. Catch up from the beginning. */
  'feed-lost': { readonly problem: string }
  /** No answer within the asker's time-out. The command may still be carried out. */
  'ask-timeout': { readonly entity: string; readonly timeoutMs: number }
  /** A fault in Tailfold itself, to be reported to its makers with the cause. */
  unexpected: { readonly entity: string }
  /** The entity was stopped: by its own behavior, by its supervision, or with its system. */
  'entity-stopped': { readonly entity: string; readonly why: string }
}

/** The literal codes, stable across versions. Compare these, never messages. */
export type ErrorCode = keyof ErrorData

const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  'view-behind',
  'command-id-unverified',
  'too-many-rejections',
  'queue-full',
  'conflict-budget-exhausted',
  'store-unavailable',
  'outcome-unknown',
  'ask-timeout',
])

/** Options of {@link TailfoldError}. */
export interface TailfoldErrorOptions {
  /** The error behind this one. */
  readonly cause?: unknown
  /** Overrides the code's own answer, as for a store that says "table missing": trying again will not help. */
  readonly retryable?: boolean
}

/** The one error class of Tailfold. `code` says what happened, `retryable` whether the same call may succeed later. */
export class TailfoldError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'TailfoldError'
  readonly code: Code
  readonly retryable: boolean
  readonly data: ErrorData[Code]

  constructor(code: Code, message: string, data: ErrorData[Code], options: TailfoldErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? retryableCodes.has(code)
    this.data = data
  }
}

/** True for a {@link TailfoldError}, of that code when one is given. Works across two copies of the library. */
export function isTailfoldError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is TailfoldError<Code> {
  try {
    const { name, code: own, data } = error as TailfoldError
    if (!(error instanceof Error) || name !== 'TailfoldError' || typeof data !== 'object' || !data)
      return false
    return code === undefined ? own !== undefined : own === code
  } catch {
    // A getter or a proxy threw: of this library it is not.
    return false
  }
}
