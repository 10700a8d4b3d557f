import type { ProblemCode } from './catalogue.ts'

/** A request that was answered with a status from 500 on: what the caller was not told. */
export interface RequestFailure {
  readonly requestId: string | undefined
  readonly method: string
  readonly code: ProblemCode
  readonly status: number
  /** What was thrown. A `TailfoldError` holds no payload data; its `cause` may. */
  readonly error: unknown
}

/** Writes the failure to `console.error` as one line of JSON: the default of `onError`. */
export function logFailure({ requestId, method, code, status, error }: RequestFailure): void {
  const causes = readable(() => causesOf(error), [])
  const root = causes.at(-1) ?? error
  console.error(
    JSON.stringify({
      level: 'error',
      requestId,
      method,
      status,
      code,
      message: messageOf(error),
      ...(causes.length > 0 && { cause: causes.map(messageOf).join(': ') }),
      ...(status === 500 && { stack: readable(() => (root as Error).stack, undefined) }),
    }),
  )
}

/** Writes a warning to `console.warn` as one line of JSON: the default of `onWarning`. */
export function logWarning(message: string, error?: unknown): void {
  const cause = error === undefined ? undefined : messageOf(error)
  console.warn(JSON.stringify({ level: 'warn', message, cause }))
}

function messageOf(error: unknown): string {
  return readable(
    () => String(error instanceof Error ? error.message : error),
    'an error that cannot be read',
  )
}

/** Whatever was thrown is logged: a getter or proxy that throws in turn must not end the process. */
function readable<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** A chain of causes ends somewhere, or goes round: ten are enough to tell. */
function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = []
  for (let at = error; at instanceof Error && at.cause !== undefined && causes.length < 10; at = at.cause) {
    causes.push(at.cause)
  }
  return causes
}
