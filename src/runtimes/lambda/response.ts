import { problemResponse } from '../../http/problem/problem.ts'

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

/** Bytes of an answer as JSON, in which every quote of a JSON body is escaped, where it has more than `maxBytes`. */
export function bytesBeyond(response: LambdaResponse, maxBytes: number): number | undefined {
  if (response.body.length * bytesPerCharacter + headerBytes <= maxBytes) return undefined
  const bytes = Buffer.byteLength(JSON.stringify(response))
  return bytes <= maxBytes ? undefined : bytes
}

/** The problem to send in place of an answer. It keeps the headers: `ETag` is the revision at which a command was carried out. */
export function tooLarge(
  response: LambdaResponse,
  method: string,
  bytes: number,
  maxBytes: number,
): LambdaResponse {
  const done = response.statusCode === 422 ? 'rejected' : 'carried out'
  const next =
    method === 'POST' ? `The command was ${done}; do not send it again` : 'Ask for smaller pages with `limit`'
  const detail = `The answer has ${bytes} bytes, and this function can return ${maxBytes}. ${next}.`
  const { status, headers, body = '' } = problemResponse('answer-too-large', detail)
  return { ...response, statusCode: status, headers: { ...response.headers, ...headers }, body }
}
