import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on loopback that holds nothing and takes every write. */
export interface FakeDynamoDb extends AsyncDisposable {
  readonly endpoint: string
  /** Operations asked for since the last call: `['Query', 'PutItem']`. */
  takeOperations(): readonly string[]
}

/** Starts one on a free port: all its answers take equally long, so that only the callers differ. */
export async function startFakeDynamoDb(): Promise<FakeDynamoDb> {
  let operations: string[] = []
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
    operations.push(operation)
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(operation === 'Query' ? '{"Items":[],"Count":0,"ScannedCount":0}' : '{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    takeOperations() {
      const taken = operations
      operations = []
      return taken
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
