import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Checks } from '../../core/base/check-options.ts'
import type { App } from '../../http/app.ts'
import type { HttpRequest, HttpResponse, ReadBody } from '../../http/message.ts'
import { problemOf, problemResponse } from '../../http/problem/problem.ts'
import { checkArguments } from '../common/check-arguments.ts'
import { joinHeaders } from '../common/headers.ts'
import { readBody } from './body.ts'
import { bound, timerMs } from './bounds.ts'
import type { HostCheck } from './hosts.ts'
import { type MemoryBudget, memoryBudget } from './memory.ts'
import { hasGone, sendBody } from './send.ts'
import { together, type Together } from './together.ts'
import { inTurn } from './turns.ts'

/** After a refused upload the rest is read and dropped this long: a client that is still sending could miss the answer. */
const lingerMs = 1_000

/** Options of {@link nodeListener}. */
export interface NodeListenerOptions {
  /** Milliseconds for a client to read an answer, else its connection is closed. Default 30,000; `Infinity`: no limit. */
  readonly responseTimeoutMs?: number
  /**
   * Bytes that unfinished uploads, requests that wait for their turn, and unread answers of all clients may take. Beyond it
   * those who began first are cut off. Default 67,108,864 (64 MiB).
   */
  readonly maxBufferedBytes?: number
}

/** What the options of a listener must be. */
export const listenerChecks: Checks<NodeListenerOptions> = {
  responseTimeoutMs: bound(1),
  maxBufferedBytes: bound(1),
}

/** How a listener serves. */
export interface Serving {
  readonly app: App
  readonly memory: MemoryBudget
  readonly responseTimeoutMs: number
  readonly isAllowedHost: HostCheck
  /** Called for each request when its turn has come. */
  onBegin(request: IncomingMessage, response: ServerResponse): void
  /** Whether each connection ends after its answer. */
  isClosing(): boolean
}

/**
 * The app as a listener for your own `node:http` or `node:https` server. Never throws, whatever the client does. Your
 * server decides about hosts, connections, time-outs of requests, and `Expect: 100-continue`. A body that a framework in
 * front has read is taken from `request.rawBody` or `request.body`; prefer the first, for parsing loses repeated fields and
 * digits of large numbers. Throws `TypeError` on options that cannot work.
 */
export function nodeListener(app: App, options: NodeListenerOptions = {}): RequestListener {
  checkArguments('nodeListener', app, options, listenerChecks)
  const listener = createListener({
    ...serving(app, options),
    isAllowedHost: () => true,
    onBegin: ignore,
    isClosing: () => false,
  })
  return (request, response) => listener(request, response, false)
}

/** What a listener and a server have in common. */
export function serving(
  app: App,
  { responseTimeoutMs = 30_000, maxBufferedBytes = 64 * 1024 * 1024 }: NodeListenerOptions,
): Pick<Serving, 'app' | 'memory' | 'responseTimeoutMs'> {
  return { app, memory: memoryBudget(maxBufferedBytes), responseTimeoutMs: timerMs(responseTimeoutMs) }
}

const ignore = () => {}

/** A listener that also knows whether a client awaits `100 Continue`. */
export function createListener(
  how: Serving,
): (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => void {
  const turns = inTurn(how.memory)
  const answers = together()
  return (request, response, awaitsContinue) => {
    // A client that goes away makes both fail, and needs no answer.
    request.on('error', ignore)
    response.on('error', ignore)
    answers.hurry()
    const turn = turns(request, response)
    serve(how, answers, request, response, awaitsContinue, turn).catch((error: unknown) =>
      giveUp(how.app, request, response, error),
    )
  }
}

async function serve(
  how: Serving,
  answers: Together,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
  turn: Promise<boolean> | undefined,
): Promise<void> {
  const { app, memory } = how
  if (turn !== undefined && !(await turn)) return
  how.onBegin(request, response)
  const upload = { request, response, awaitsContinue, memory }
  const body: ReadBody | undefined =
    request.method === 'POST' ? (maxBytes) => readBody(upload, maxBytes) : undefined
  const asked = toRequest(request, body)
  if (!how.isAllowedHost(asked.headers['host'])) return refuse(request, response, unknownHost())
  const answer = await app.handle(asked)
  // Commands that shared a commit are answered together as it is.
  const others = body === undefined ? answers.leave(request.socket) : undefined
  if (others !== undefined) await others
  // Something in front of a listener may have answered meanwhile: a time-out, for example.
  if (hasGone(request, response) || response.headersSent) return
  // Answered without its body: denied, or too large.
  if (body !== undefined && !request.complete) return refuse(request, response, answer)
  if (how.isClosing()) response.setHeader('connection', 'close')
  response.writeHead(answer.status, headersOf(answer))
  sendBody(request, response, answer.body, how)
}

/** For an answer that cannot be sent: a route of the program's own may give it a header that HTTP does not allow. */
function giveUp(app: App, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (hasGone(request, response) || response.headersSent) return void response.destroy()
  const requestId = randomUUID()
  const { code, response: answer } = problemOf(error, undefined)
  const { status } = answer
  app.report({ requestId, method: request.method ?? '', code, status, error })
  try {
    refuse(request, response, { ...answer, headers: { ...answer.headers, 'x-request-id': requestId } })
  } catch {
    response.destroy()
  }
}

/** Without a length Node.js would send the body in chunks. An answer without a body has none: HEAD, 204, 304. */
function headersOf({ headers, body }: HttpResponse): Record<string, string | number> {
  if (body === undefined) return headers
  // Set by name: a property that follows a spread in a literal is several times as slow.
  const all: Record<string, string | number> = { ...headers }
  all['content-length'] = Buffer.byteLength(body)
  return all
}

/**
 * A target in absolute form names the host, and so does `:authority` of HTTP/2, whatever the header says. Two headers are
 * joined, and so name no host.
 * Source: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2, https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1
 */
function toRequest(request: IncomingMessage, body: ReadBody | undefined): HttpRequest {
  const { method = 'GET', url = '/', rawHeaders } = request
  const headers = joinHeaders(rawHeaders)
  const [origin, host] = (url.startsWith('/') ? undefined : /^[a-z]+:\/\/([^/?]*)/i.exec(url)) ?? ['']
  const named = host ?? headers[':authority']
  if (named !== undefined) headers['host'] = named
  const target = url.slice(origin.length)
  const queryAt = target.indexOf('?')
  return {
    method,
    path: queryAt < 0 ? target : target.slice(0, queryAt),
    query: queryAt < 0 ? '' : target.slice(queryAt + 1),
    headers,
    body,
  }
}

/** The answer to a request that came by a name an attacker may have chosen. */
function unknownHost(): HttpResponse {
  const detail =
    'The Host header is not the name of this server. If it should be, add the name to `allowedHosts`.'
  return problemResponse('unknown-host', detail, { headers: { 'x-request-id': randomUUID() } })
}

/** Answers at once, then drops what still arrives, for a while, and closes the connection. */
function refuse(request: IncomingMessage, response: ServerResponse, answer: HttpResponse): void {
  // HTTP/2 has no such header, and Node.js warns of it.
  if (request.httpVersionMajor < 2) response.setHeader('connection', 'close')
  response.writeHead(answer.status, headersOf(answer))
  response.write(answer.body ?? '')
  const timer = setTimeout(() => response.end(), lingerMs)
  const finish = () => {
    clearTimeout(timer)
    response.end()
  }
  if (request.complete) return finish()
  request.once('end', finish).once('close', finish).resume()
}
