import { isUtf8 } from 'node:buffer'
import type { App } from 'tailfold/http'
import { lambdaHandler } from 'tailfold/lambda'
import { httpApiEvent, invocationContext } from 'tailfold/testing'

/** As in serverless.yml. */
const timeoutMs = 15_000

/**
 * The app as it runs behind an HTTP API: every request becomes an event, and the Lambda handler is invoked with it. So
 * ids with `/` or `?` cannot be addressed, and an answer is there before the function's time is over.
 */
export function throughLambda(app: App): App {
  const handler = lambdaHandler(app)
  return {
    ...app,
    async handle({ requestId, body, ...request }) {
      // Text is sent as text, anything else in base64.
      const sent = typeof body === 'object' && isUtf8(body) ? Buffer.from(body).toString() : body
      const event = httpApiEvent({
        ...request,
        headers: present(request.headers),
        ...(sent && { body: sent }),
      })
      const context = invocationContext({
        timeoutMs,
        ...(requestId !== undefined && { awsRequestId: requestId }),
      })
      const { statusCode, headers, body: text } = asJson(await handler(asJson(event), context))
      return { status: statusCode, headers, body: text === '' ? undefined : text }
    },
  }
}

/** What is left of a value on its way through Lambda. */
function asJson<Value extends object>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
