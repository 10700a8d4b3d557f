import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isTailfoldError, type Store } from 'tailfold'
import { type DynamoDbClientOptions, dynamoDbClient, dynamoDbStore } from 'tailfold/dynamodb'

export const credentials = { accessKeyId: 'any', secretAccessKey: 'secret' }

/** What an append rejects with, in the parts that callers go by. */
export async function failureOf(store: Store) {
  const error: unknown = await store
    .append('account/acc-001', 1, { id: 'x' })
    .catch((thrown: unknown) => thrown)
  if (!isTailfoldError(error, 'store-unavailable')) throw new Error('Not store-unavailable', { cause: error })
  const { message, retryable, data, cause } = error
  return { message, retryable, applied: data.applied, cause }
}

/** Answers with an error of DynamoDB. */
export function answer(status: number, type: string, fields: object = {}): RequestListener {
  return (_, response) => {
    const body = JSON.stringify({
      __type: `com.amazonaws.dynamodb.v20120810#${type}`,
      message: 'by the test',
      ...fields,
    })
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body)
  }
}

/** A server whose n-th answer is the n-th listener's, the last one's from then on. */
export async function serve(...listeners: readonly RequestListener[]) {
  let requests = 0
  const server: Server = createServer((request, response) => {
    requests += 1
    listeners[Math.min(requests, listeners.length) - 1]?.(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = (options: DynamoDbClientOptions = {}) =>
    dynamoDbClient({ endpoint, region: 'local', credentials, ...options })
  return {
    requests: () => requests,
    client,
    store: (options?: DynamoDbClientOptions): Store =>
      dynamoDbStore({ client: client(options), tableName: 'any' }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
