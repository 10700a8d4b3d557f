import type { IncomingMessage, ServerResponse } from 'node:http'
// Not that of a test which replaces the clock.
import { setImmediate } from 'node:timers'
import type { MemoryBudget } from './memory.ts'

/** What a client that reads slowly may take. */
export interface ReadingBounds {
  readonly memory: MemoryBudget
  /** Milliseconds for the whole answer. */
  readonly responseTimeoutMs: number
}

/** Longest part of a body in UTF-16 units that is written at once: between two parts other callers have their turn. */
const partLength = 32 * 1024

/** Whether nobody is left to answer. A response of HTTP/2 does not tell, nor one that waits for another's to end. */
export function hasGone({ socket }: IncomingMessage, response: ServerResponse): boolean {
  return response.destroyed || socket.destroyed
}

/** Sends the body of an answer whose head is written. A client that reads slowly is cut off at the bounds. */
export function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  body: string | undefined,
  bounds: ReadingBounds,
): void {
  if (body === undefined || body.length <= partLength) {
    response.end(body)
    const waiting = waitingBytes(request, response)
    if (waiting > 0) boundReading(request, response, waiting, bounds)
    return
  }
  boundReading(request, response, body.length, bounds)
  writeParts(request, response, body).catch(() => response.destroy())
}

/** What the system has not taken at once waits for the client, in memory: in the connection, or in the stream of HTTP/2. */
function waitingBytes({ httpVersionMajor }: IncomingMessage, response: ServerResponse): number {
  return httpVersionMajor < 2 ? (response.socket?.writableLength ?? 0) : response.writableLength
}

/** A part is encoded when its turn has come: a client that reads nothing costs no more than the system takes. */
async function writeParts(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  for (let at = 0; at < body.length && !hasGone(request, response); ) {
    const end = at + partLength
    const part = body.slice(at, isHighSurrogate(body.charCodeAt(end - 1)) ? end - 1 : end)
    at += part.length
    if (!response.write(part)) await drained(response)
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00

/** Resolves when the system has taken what was written, or the client has gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.once('drain', done).once('close', done)
  })
}

function boundReading(
  { socket }: IncomingMessage,
  response: ServerResponse,
  bytes: number,
  { memory, responseTimeoutMs }: ReadingBounds,
) {
  const done = () => {
    clearTimeout(timer)
    memory.release(cutOff)
  }
  // One that waits for another's to end is not told when the connection closes.
  const cutOff = () => {
    done()
    socket.destroy()
  }
  const timer = setTimeout(cutOff, responseTimeoutMs)
  memory.keep(cutOff, bytes)
  response.once('close', done)
}
