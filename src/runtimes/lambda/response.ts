/** A response as API Gateway and function URLs take it, in both payload formats. */
export interface LambdaResponse {
  readonly statusCode: number
  /** Not readonly: middlewares add theirs. */
  headers: Record<string, string>
  readonly body: string
  readonly isBase64Encoded: false
}

/** Largest answer of a synchronous invocation. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const lambdaAnswerBytes: number = 6 * 1024 * 1024

/** A character of a body takes at most three bytes as JSON, and headers less than this. */
const bytesPerCharacter = 3
const headerBytes = 64 * 1024

/**
 * The problem to send in place of an answer that has more than `maxBytes` as JSON, in which every quote of a JSON body is
 * escaped; `undefined` for one that fits. It keeps the headers: `ETag` is the revision at which a command was carried out.
 */
export function tooLarge(response: LambdaResponse, maxBytes: number): LambdaResponse | undefined {
  if (response.body.length * bytesPerCharacter + headerBytes <= maxBytes) return undefined
  const bytes = Buffer.byteLength(JSON.stringify(response))
  if (bytes <= maxBytes) return undefined
  const problem = {
    type: 'urn:tailfold:problem:answer-too-large',
    title: 'The answer is too large',
    status: 500,
    code: 'answer-too-large',
    detail: `The answer has ${bytes} bytes, and this function can return ${maxBytes}. A command was carried out; do not send it again. Ask for smaller pages with \`limit\`.`,
  }
  console.error(
    JSON.stringify({
      level: 'error',
      message: 'An answer was too large for Lambda.',
      bytes,
      maxBytes,
      requestId: response.headers['x-request-id'],
    }),
  )
  return {
    ...response,
    statusCode: 500,
    headers: { ...response.headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify(problem),
  }
}
