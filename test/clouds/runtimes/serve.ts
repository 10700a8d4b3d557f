import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on a free port of this machine, and prints the URL. */
export function printUrl(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  })
}

/** A server for a function service: an answer that fails ends the process, and the test with it. */
export function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>,
): void {
  printUrl(createServer((request, response) => void answer(request, response)))
}
