import type { ServerResponse } from 'node:http'
import type { MemoryBudget } from './memory.ts'

/** What a client that reads slowly may take. */
export interface ReadingBounds {
  readonly memory: MemoryBudget
  /** Milliseconds for the whole answer. */
  readonly responseTimeoutMs: number
}

/** Longest part of a body in UTF-16 units that is written at once: between two parts other callers have their turn. */
const partLength = 32 * 1024

/** Sends the body of an answer whose head is written. A client that reads slowly is cut off at the bounds. */
export function sendBody(response: ServerResponse, body: string | undefined, bounds: ReadingBounds): void {
  if (body === undefined || body.length <= partLength) {
    response.end(body)
    // What the system has not taken at once waits for the client, in memory.
    const waiting = response.socket?.writableLength ?? 0
    if (waiting > 0) boundReading(response, waiting, bounds)
    return
  }
  boundReading(response, body.length, bounds)
  void writeParts(response, body)
}

/** A part is encoded when its turn has come: a client that reads nothing costs no more than the system takes. */
async function writeParts(response: ServerResponse, body: string): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; ) {
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

function boundReading(response: ServerResponse, bytes: number, { memory, responseTimeoutMs }: ReadingBounds) {
  const { socket } = response
  const cutOff = () => void socket?.destroy()
  memory.keep(cutOff, bytes)
  const timer = setTimeout(cutOff, responseTimeoutMs)
  response.once('close', () => {
    clearTimeout(timer)
    memory.release(cutOff)
  })
}
