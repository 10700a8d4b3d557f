// oxlint-disable-next-line import/no-named-as-default -- its types declare the default export only
import middy, { type MiddyfiedHandler } from '@middy/core'
import { type Platform, withTimeout } from '../../core/base/platform.ts'
import type { App } from '../../http/app.ts'
import { systemPlatform } from '../../platform.ts'
import { toRequest } from './event.ts'

/** Options of {@link lambdaHandler}. All times in milliseconds. */
export interface LambdaHandlerOptions {
  /** Kept back of the remaining time: the answer is out before Lambda ends the invocation. Default 500. */
  readonly safetyMarginMs?: number
  /** An answer waits at most this long for snapshots being written, which a frozen function could lose. Default 1,000. */
  readonly idleTimeoutMs?: number
  /** The base path mapping of a REST API's custom domain, such as `'/v1'`. Default none. */
  readonly basePath?: string
  /** Clock of the deadline; the app's own. Default: the real one. */
  readonly platform?: Platform
}

/** What is read of the invocation's context; a Lambda `Context` is one. */
export interface LambdaContext {
  readonly awsRequestId?: string
  getRemainingTimeInMillis?(): number
}

/** A response as API Gateway and function URLs take it, in both payload formats. */
export interface LambdaResponse {
  readonly statusCode: number
  /** Not readonly: middlewares add theirs. */
  headers: Record<string, string>
  readonly body: string
  readonly isBase64Encoded: false
}

/**
 * The app as a Lambda handler behind an API Gateway HTTP API or REST API, or a function URL; see `event.ts` for what
 * becomes of paths. It is a middy handler: add middlewares with `.use(…)`. Rejects with `TypeError` on other events.
 */
export function lambdaHandler(
  app: App,
  options: LambdaHandlerOptions = {},
): MiddyfiedHandler<unknown, LambdaResponse> {
  const { safetyMarginMs = 500, idleTimeoutMs = 1_000, platform = systemPlatform } = options
  const basePath = (options.basePath ?? '').replace(/\/+$/, '')

  async function handle(event: unknown, context: LambdaContext): Promise<LambdaResponse> {
    const request = toRequest(event, basePath)
    const remainingMs = context.getRemainingTimeInMillis?.()
    const deadline = remainingMs === undefined ? undefined : platform.now() + remainingMs - safetyMarginMs
    const response = await app.handle({ ...request, deadline, requestId: context.awsRequestId })
    // What is still being written when a function is frozen may be lost, or fail when it thaws.
    const waitMs = Math.min(idleTimeoutMs, (deadline ?? Infinity) - platform.now())
    if (waitMs > 0) await withTimeout(platform, waitMs, app.idle(), stillWriting).catch(() => {})
    const { status, headers, body = '' } = response
    return { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false }
  }

  // The app keeps to its deadline itself; middy's early timeout would turn an answer into an error.
  return middy<unknown, LambdaResponse>(handle, { timeoutEarlyInMillis: 0 })
}

const stillWriting = () => new Error('A snapshot is still being written.')
