import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What a {@link CannedDynamoDb} answers: an object with status 200, or the name and message of an error. */
export type CannedAnswer = Readonly<Record<string, unknown>> | readonly [error: string, message: string]

/** A server on loopback that answers each operation always the same: what DynamoDB Local never says. */
export interface CannedDynamoDb extends AsyncDisposable {
  readonly endpoint: string
}

/**
 * Starts one on a free port. Operations without an answer are refused as unknown, as DynamoDB Local does; `exceptions` are
 * asked first.
 */
export async function cannedDynamoDb(
  answers: Readonly<Record<string, CannedAnswer>>,
  exceptions: (operation: string, body: string) => CannedAnswer | undefined = () => undefined,
): Promise<CannedDynamoDb> {
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
    const unknown = ['UnknownOperationException', `no ${operation} here`] as const
    const answer = exceptions(operation, await text(request)) ?? answers[operation] ?? unknown
    const [status, body] = isError(answer)
      ? [400, { __type: `com.amazonaws.dynamodb.v20120810#${answer[0]}`, message: answer[1] }]
      : [200, answer]
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
  }
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** The answer with which AWS refuses an operation to a role, shortened. */
export function accessDenied(operation: string): CannedAnswer {
  const who = 'arn:aws:sts::111122223333:assumed-role/deploy/me'
  const what = 'arn:aws:dynamodb:eu-central-1:111122223333:table/bank'
  const message = `User: ${who} is not authorized to perform: dynamodb:${operation} on resource: ${what} because no identity-based policy allows the dynamodb:${operation} action`
  return ['AccessDeniedException', message]
}

function isError(answer: CannedAnswer): answer is readonly [string, string] {
  return Array.isArray(answer)
}
