// oxlint-disable-next-line import/no-named-as-default -- its types declare the default export only
import middy, { type MiddyfiedHandler } from '@middy/core'
import { anything, type Checks, wholeNumber } from '../../core/base/check-options.ts'
import { type Platform, withTimeout } from '../../core/base/platform.ts'
import type { App } from '../../http/app.ts'
import { systemPlatform } from '../../platform.ts'
import { checkArguments } from '../common/check-arguments.ts'
import { basePathOf, pathCheck } from '../common/base-path.ts'
import { toRequest } from './event.ts'
import { bytesBeyond, lambdaAnswerBytes, type LambdaResponse, tooLarge } from './response.ts'

/** Options of {@link lambdaHandler}. All times in whole milliseconds. */
export interface LambdaHandlerOptions {
  /** Kept in reserve of the remaining time, so that the answer is out before Lambda ends the invocation. Default 500. */
  readonly safetyMarginMs?: number
  /** Longest time an answer waits for snapshots being written, which a frozen function could lose. Default 1,000. */
  readonly idleTimeoutMs?: number
  /** The base path mapping of a custom domain, such as `'/v1'`. What is outside of it is not found. Default none. */
  readonly basePath?: string
  /**
   * Largest answer in bytes, as the JSON that Lambda sends: a larger one becomes the problem `answer-too-large`, where
   * Lambda would fail with a 502. Default: Lambda's 6 MB less 64 KiB for headers that middlewares add.
   */
  readonly maxAnswerBytes?: number
  /** Clock of the deadline; the app's own. Default: the real one. */
  readonly platform?: Platform
}

/** What the handler reads of the invocation's context; a Lambda `Context` fits. */
export interface LambdaContext {
  readonly awsRequestId?: string
  getRemainingTimeInMillis?(): number
}

/**
 * What {@link lambdaHandler} returns: a handler of middy, under a name that the declarations of a program can refer to. After
 * `.use(…)` write it yourself: `export const handler: LambdaHandler = lambdaHandler(app).use(…)`.
 */
export interface LambdaHandler extends MiddyfiedHandler<unknown, LambdaResponse> {}

const checks: Checks<LambdaHandlerOptions> = {
  safetyMarginMs: wholeNumber(0),
  idleTimeoutMs: wholeNumber(0),
  basePath: pathCheck,
  maxAnswerBytes: wholeNumber(1),
  platform: anything,
}

/**
 * The app as a Lambda handler behind an API Gateway HTTP API or REST API, or a function URL; `event.ts` explains how
 * paths are translated. It is a middy handler: add middlewares with `.use(…)`. Throws `TypeError` on options that cannot
 * work, and rejects with one on other events.
 */
export function lambdaHandler(app: App, options: LambdaHandlerOptions = {}): LambdaHandler {
  checkArguments('lambdaHandler', app, options, checks)
  const { safetyMarginMs = 500, idleTimeoutMs = 1_000, platform = systemPlatform } = options
  const { maxAnswerBytes = lambdaAnswerBytes - 64 * 1024 } = options
  const basePath = basePathOf(options.basePath)

  async function handle(event: unknown, context: LambdaContext): Promise<LambdaResponse> {
    const request = toRequest(event, basePath)
    const remainingMs = context.getRemainingTimeInMillis?.()
    const deadline = remainingMs === undefined ? undefined : platform.now() + remainingMs - safetyMarginMs
    const response = await app.handle({ ...request, deadline, requestId: context.awsRequestId })
    // What is still being written when a function is frozen may be lost, or fail when it thaws.
    const waitMs = Math.min(idleTimeoutMs, (deadline ?? Infinity) - platform.now())
    if (waitMs > 0) await withTimeout(platform, waitMs, app.idle(), stillWriting).catch(() => {})
    const { status, headers, body = '' } = response
    const result = { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false } as const
    const bytes = bytesBeyond(result, maxAnswerBytes)
    if (bytes === undefined) return result
    const answer = tooLarge(result, request.method, bytes, maxAnswerBytes)
    app.report({
      requestId: headers['x-request-id'],
      method: request.method,
      code: 'answer-too-large',
      status: answer.statusCode,
      error: new Error(`The answer has ${bytes} bytes; a Lambda function can return ${maxAnswerBytes}.`),
    })
    return answer
  }

  // The app keeps to its deadline itself; middy's early timeout would turn an answer into an error.
  return middy<unknown, LambdaResponse>(handle, { timeoutEarlyInMillis: 0 })
}

const stillWriting = () => new Error('A snapshot is still being written.')
