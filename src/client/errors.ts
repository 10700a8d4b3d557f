import type { ErrorData } from '../core/base/errors.ts'
import type { Problem, ProblemCode } from '../http/problem/problem.ts'
import type { Failure } from './attempt.ts'

/**
 * Why a call failed: the code of the server's problem, or one of the client's own. `network-failure`: no connection, or
 * one that broke. `timeout`: no answer in time. `unexpected-answer`: one that is not the app's, such as a gateway's page.
 */
export type ClientErrorCode = ProblemCode | 'network-failure' | 'timeout' | 'unexpected-answer'

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

/** The one error of a client. Tell one from another by {@link isClientError}, or by `code`. */
export class ClientError<Code extends ClientErrorCode = ClientErrorCode> extends Error {
  declare readonly code: Code
  /** The body of the answer: `problem.reason` and `problem.details` of one that is `rejected`. */
  declare readonly problem: ProblemOf<Code>
  /** Of the answer; `undefined` when there was none. */
  declare readonly status: number | undefined
  /** Whether the same call may succeed later: for a command, with {@link ClientError.idempotencyKey}. */
  declare readonly retryable: boolean
  /** Milliseconds the server asked to wait; 0 when it did not. */
  declare readonly retryAfterMs: number
  /** The key of the command. With it, to send the command again is safe even when its outcome is not known. */
  declare readonly idempotencyKey: string | undefined
  /** `X-Request-Id` of the answer: what the operator finds it by. */
  declare readonly requestId: string | undefined
  /** Requests that were sent. */
  declare readonly attempts: number

  /** @param what The request that failed: `POST /account/acc-001/Withdraw`. */
  constructor(what: string, failure: Failure, attempts: number, idempotencyKey: string | undefined) {
    const { message, cause: _, ...data } = failure
    super(`${what}: ${message}`, failure)
    // All at once, for a client is weighed by the byte.
    Object.assign(this, data, { name: 'ClientError', attempts, idempotencyKey })
  }
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
  if (!(error instanceof Error) || error.name !== 'ClientError') return false
  return code === undefined || (error as ClientError).code === code
}
