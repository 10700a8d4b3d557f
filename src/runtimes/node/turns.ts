import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { MemoryBudget } from './memory.ts'

/** Most requests of one connection that wait for the answer to an earlier one. */
const maxWaiting = 100

/** What Node.js keeps for a request that waits, in bytes, apart from its target, headers and body. */
const bytesOfRequest = 4 * 1024

/** What a client has sent on one connection. */
interface Line {
  newest: ServerResponse
  waiting: number
  readonly cutOff: () => void
}

/**
 * Lets the requests of a connection begin one at a time: a client may send many without reading an answer. `undefined`
 * where it is the turn of the request at once; otherwise resolves when it is, with `false` where nobody is left to answer.
 * A client that sends more than 100 ahead of their turn is cut off, and those that wait count as memory.
 */
export type Turns = (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | undefined

/** Turns for the connections of a server. The streams of HTTP/2 each count as a connection. */
export function inTurn(memory: MemoryBudget): Turns {
  const lines = new WeakMap<Socket, Line>()

  async function wait(line: Line, previous: ServerResponse, request: IncomingMessage): Promise<boolean> {
    const { socket } = request
    if (line.waiting >= maxWaiting) socket.destroy()
    if (socket.destroyed) return false
    if (line.waiting === 0) socket.once('close', line.cutOff)
    line.waiting += 1
    memory.keep(line.cutOff, bytesOfRequest + lengthOf(request))
    await once(previous, 'close')
    line.waiting -= 1
    if (line.waiting === 0) {
      socket.off('close', line.cutOff)
      memory.release(line.cutOff)
    }
    return socket.writable
  }

  return (request, response) => {
    const { socket } = request
    const line = lines.get(socket)
    if (line === undefined) {
      const cutOff = () => {
        memory.release(cutOff)
        socket.destroy()
      }
      lines.set(socket, { newest: response, waiting: 0, cutOff })
      return undefined
    }
    const previous = line.newest
    line.newest = response
    return previous.destroyed ? undefined : wait(line, previous, request)
  }
}

function lengthOf(request: IncomingMessage): number {
  const { url = '', rawHeaders } = request
  return rawHeaders.reduce((sum, { length }) => sum + length, url.length) + bodyBytes(request)
}

/** What Node.js reads of a body before somebody asks for it. */
function bodyBytes({ headers, readableHighWaterMark }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return readableHighWaterMark
  return Math.min(Number(headers['content-length'] ?? 0), readableHighWaterMark)
}
