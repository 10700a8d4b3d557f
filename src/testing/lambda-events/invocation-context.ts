/** What Lambda passes in with the event: a Lambda `Context`. */
export interface InvocationContext {
  callbackWaitsForEmptyEventLoop: boolean
  readonly functionName: string
  readonly functionVersion: string
  readonly invokedFunctionArn: string
  readonly memoryLimitInMB: string
  readonly awsRequestId: string
  readonly logGroupName: string
  readonly logStreamName: string
  getRemainingTimeInMillis(): number
  done(): void
  fail(): void
  succeed(): void
}

/** Options of {@link invocationContext}. */
export interface InvocationOptions {
  /** Milliseconds the invocation may take, from now on. Default 15,000. */
  readonly timeoutMs?: number
  /** Default: the same in every context. */
  readonly awsRequestId?: string
  /** Milliseconds since the Unix epoch. Default: `Date.now`; that of a `VirtualPlatform` where one is used. */
  readonly now?: () => number
}

/** The context of an invocation that begins now; its remaining time runs down. */
export function invocationContext(options: InvocationOptions = {}): InvocationContext {
  const {
    timeoutMs = 15_000,
    awsRequestId = '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
    now = Date.now,
  } = options
  const end = now() + timeoutMs
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'api',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-west-2:123456789012:function:api',
    memoryLimitInMB: '512',
    awsRequestId,
    logGroupName: '/aws/lambda/api',
    logStreamName: '2026/07/10/[$LATEST]7f2c1d3e5b8a4c6f9e0d1a2b3c4d5e6f',
    getRemainingTimeInMillis: () => end - now(),
    done: gone,
    fail: gone,
    succeed: gone,
  }
}

/** Only the types of today's runtimes still have these. */
function gone(): never {
  throw new Error('Node.js runtimes from 24 on have no callbacks: return the result, or throw.')
}
