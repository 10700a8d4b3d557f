import type { ServerResponse } from 'node:http'
import type { MemoryBudget } from './memory.ts'

/** What a client that reads slowly may take. */
export interface ReadingBounds {
  readonly memory: MemoryBudget
  /** Milliseconds for the whole answer. */
  readonly responseTimeoutMs: number
}

/** Largest part of a body in bytes that is written at once: between two parts other callers have their turn. */
const partBytes = 64 * 1024

const utf8 = new TextEncoder()

/** Sends the body of an answer whose head is written. A client that reads slowly is cut off at the bounds. */
export function sendBody(response: ServerResponse, body: string | undefined, bounds: ReadingBounds): void {
  if (body === undefined || body.length < partBytes) {
    response.end(body)
    // What the system has not taken at once waits for the client, in memory.
    const waiting = response.socket?.writableLength ?? 0
    if (waiting > 0) boundReading(response, waiting, bounds)
    return
  }
  const bytes = utf8.encode(body)
  boundReading(response, bytes.length, bounds)
  void writeParts(response, bytes)
}

async function writeParts(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length && !response.destroyed; at += partBytes) {
    if (!response.write(bytes.subarray(at, at + partBytes))) await drained(response)
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}

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
