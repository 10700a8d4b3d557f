import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** The connections of a server. */
export interface Connections {
  /** Closes those on which no request has begun: idle ones, and those that have sent nothing or half a header. */
  closeIdle(): void
}

/**
 * Keeps at most `max` connections. A new one beyond that takes the place of the one that has been idle, uploading or
 * reading its answer for longest; where the app works on a request of every one, the new one is closed.
 */
export function boundConnections(server: Server, max: number): Connections {
  /** The newest exchange of each; the connection of the newest exchange is last. */
  const open = new Map<Socket, Exchange | undefined>()

  function begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    open.delete(socket)
    open.set(socket, { request, response })
    response.once('close', () => {
      if (open.get(socket)?.response === response) open.set(socket, undefined)
    })
  }

  server
    .on('connection', (socket: Socket) => {
      open.set(socket, undefined)
      socket.once('close', () => open.delete(socket))
      if (open.size > max) (firstWaiting(open) ?? socket).destroy()
    })
    .prependListener('request', begin)
    .prependListener('checkContinue', begin)

  return {
    closeIdle() {
      for (const [socket, exchange] of open) if (exchange === undefined) socket.destroy()
    },
  }
}

/** The first whose client, not the app, is awaited. */
function firstWaiting(open: ReadonlyMap<Socket, Exchange | undefined>): Socket | undefined {
  for (const [socket, exchange] of open) {
    if (exchange === undefined || !exchange.request.complete || exchange.response.writableEnded) return socket
  }
  return undefined
}
