import type { ErrorData } from '../core/base/errors.ts'
import type { Problem, ProblemCode } from '../http/problem/problem.ts'

/**
 * Why a call failed: the code of the server's problem, or one of the client's own. `network-failure`: no connection, or
 * one that broke. `timeout`: no answer in time. `unexpected-answer`: something other than the app answered, such as a
 * gateway, a login page or a redirect.
 */
export type ClientErrorCode = ProblemCode | 'network-failure' | 'timeout' | 'unexpected-answer'

/** Why one request has no answer to give. */
export interface Failure {
  readonly code: ClientErrorCode
  readonly message: string
  readonly retryable: boolean
  /** What `Retry-After` asks for; 0 without one. */
  readonly retryAfterMs: number
  readonly status?: number
  readonly requestId?: string | undefined
  readonly problem?: Problem
  readonly cause?: unknown
}

/** What some codes add to their problem. */
export interface ProblemFields
  extends Pick<
    ErrorData,
    'invalid-id' | 'invalid-command' | 'unhandled-command' | 'command-id-reused' | 'record-too-large'
  > {
  readonly rejected: { readonly reason: string; readonly details?: unknown }
  /** `'*'` where `ifMatch: '*'` found nothing written. */
  readonly 'revision-mismatch': Omit<ErrorData['revision-mismatch'], 'expected'> & {
    readonly expected: number | '*'
  }
}

/** The problem that comes with a code; the client's own codes have none. */
export type ProblemOf<Code extends ClientErrorCode> = Code extends ProblemCode
  ? Problem & { readonly code: Code } & (Code extends keyof ProblemFields ? ProblemFields[Code] : unknown)
  : undefined

/** The error that calls of a client reject with. Compare its `code`, or use {@link isClientError}. */
export class ClientError<Code extends ClientErrorCode = ClientErrorCode> extends Error {
  declare readonly code: Code
  /** The problem that the app answered with: `problem.reason` and `problem.details` of a rejection. */
  declare readonly problem: ProblemOf<Code>
  /** Status of the answer; `undefined` without one. */
  declare readonly status: number | undefined
  /** Whether the same call may succeed later: for a command, with {@link ClientError.idempotencyKey}. */
  declare readonly retryable: boolean
  /** Milliseconds that `Retry-After` asked to wait; 0 without one. */
  declare readonly retryAfterMs: number
  /** The key of the command. Send the command again with it: it is carried out once, even if its outcome is unknown. */
  declare readonly idempotencyKey: string | undefined
  /** `X-Request-Id` of the answer, to find the request in the logs of the server. */
  declare readonly requestId: string | undefined
  /** Requests that were sent; 0 when none was. */
  declare readonly attempts: number

  /** @param what The request that failed: `POST /account/acc-001/Withdraw`. */
  constructor(what: string, failure: Failure, attempts: number, idempotencyKey?: string) {
    const { message, cause: _, ...data } = failure
    super(`${what}: ${message}`, failure)
    // All fields at once: every byte of a client is downloaded.
    Object.assign(this, data, { name: 'ClientError', attempts, idempotencyKey })
  }
}

/** The error of a 200 that the app cannot have given. */
export function unexpectedAnswer(path: string, message: string): ClientError {
  return new ClientError(
    `GET ${path}`,
    { ...failed('unexpected-answer', message), status: 200, retryable: false },
    1,
  )
}

/** The failure of a request without an answer. */
export function failed(code: ClientErrorCode, message: string, cause?: unknown): Failure {
  return { code, message, retryable: true, retryAfterMs: 0, cause }
}

/** Throws `TypeError` on a wrong argument of the program. */
export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TypeError(message)
}

/** The error of each code, as a union that `switch (error.code)` takes apart. */
export type ClientErrorOf<Code extends ClientErrorCode = ClientErrorCode> = Code extends unknown
  ? ClientError<Code>
  : never

/** True for a {@link ClientError}, of that code when one is given. Works across two copies of the library. */
export function isClientError<Code extends ClientErrorCode = ClientErrorCode>(
  error: unknown,
  code?: Code,
): error is ClientErrorOf<Code> {
  return (
    error instanceof Error &&
    error.name === 'ClientError' &&
    (code === undefined || (error as ClientError).code === code)
  )
}
