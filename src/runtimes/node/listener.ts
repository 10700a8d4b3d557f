import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { App } from '../../http/app.ts'
import type { HttpRequest, HttpResponse } from '../../http/message.ts'
import { readBody } from './body.ts'

/** After a refused upload the rest is read and dropped this long: a client that is still sending could miss the answer. */
const lingerMs = 1_000

/** The app as a listener for your own `node:http` or `node:https` server. Never throws, whatever the client does. */
export function nodeListener(app: App): RequestListener {
  return createListener(app, () => false)
}

/** A listener that ends each connection after its answer once `isClosing` says so. */
export function createListener(app: App, isClosing: () => boolean): RequestListener {
  return (request, response) => {
    // A client that goes away makes both fail; there is nobody left to tell.
    request.on('error', () => {})
    response.on('error', () => {})
    serve(app, request, response, isClosing).catch(() => response.destroy())
  }
}

async function serve(
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  isClosing: () => boolean,
): Promise<void> {
  const { maxBodyBytes } = app.limits
  const body = request.method === 'POST' ? await readBody(request, maxBodyBytes) : undefined
  const sent = body === 'too-large' ? new Uint8Array(maxBodyBytes + 1) : body
  const answer = await app.handle(toRequest(request, sent))
  if (response.destroyed) return
  if (body === 'too-large') {
    refuseBody(request, response, answer)
    return
  }
  if (isClosing()) response.setHeader('connection', 'close')
  response.writeHead(answer.status, headersOf(answer)).end(answer.body)
}

/** Without a length Node.js would send the body in chunks. An answer without a body has none: HEAD, 204, 304. */
function headersOf({ headers, body }: HttpResponse): Record<string, string | number> {
  return body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) }
}

function toRequest(request: IncomingMessage, body: Uint8Array | undefined): HttpRequest {
  const { method = 'GET', url = '/' } = request
  const target = url.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  const queryAt = target.indexOf('?')
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return {
    method,
    path: queryAt < 0 ? target : target.slice(0, queryAt),
    query: queryAt < 0 ? '' : target.slice(queryAt + 1),
    headers,
    body,
  }
}

/** Answers at once, then drops what still arrives, for a while, and closes the connection. */
function refuseBody(request: IncomingMessage, response: ServerResponse, answer: HttpResponse): void {
  response.writeHead(answer.status, { ...headersOf(answer), connection: 'close' })
  response.write(answer.body ?? '')
  const timer = setTimeout(() => response.end(), lingerMs)
  const finish = () => {
    clearTimeout(timer)
    response.end()
  }
  request.once('end', finish).once('close', finish).resume()
}
