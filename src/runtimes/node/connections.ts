import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** A connection with the newest exchange that has begun. */
interface Connection {
  request: IncomingMessage | undefined
  response: ServerResponse | undefined
  /** Counts up with every connection and exchange. */
  begunAt: number
}

/** The connections of a server. */
export interface Connections {
  /** The exchange of a connection whose turn it is. */
  begin(request: IncomingMessage, response: ServerResponse): void
  /**
   * Closes those on which no request has begun: idle ones, and those that have sent nothing or half a header. One whose
   * answer is being sent is closed after it.
   */
  closeIdle(): void
}

/**
 * Keeps at most `max` connections. A new one beyond that takes the place of the one that has been idle, uploading or
 * reading its answer for longest; where the app works on a request of every one, the new one is closed.
 */
export function boundConnections(server: Server, max: number): Connections {
  const open = new Map<Socket, Connection>()
  let begun = 0

  server.on('connection', (socket: Socket) => {
    open.set(socket, { request: undefined, response: undefined, begunAt: begun++ })
    socket.once('close', () => open.delete(socket))
    if (open.size > max) (longestWaiting(open) ?? socket).destroy()
  })

  return {
    // Runs for every request: it moves nothing in the map.
    begin(request, response) {
      const connection = open.get(request.socket)
      if (connection === undefined) return
      connection.request = request
      connection.response = response
      connection.begunAt = begun++
    },
    closeIdle() {
      for (const [socket, { response }] of open) {
        if (response?.destroyed !== false) socket.destroy()
        // Its head has told the client that the connection stays open.
        else if (response.headersSent) response.once('close', () => socket.destroySoon())
      }
    },
  }
}

/** The one that has waited for longest of those whose client, not the app, is awaited. */
function longestWaiting(open: ReadonlyMap<Socket, Connection>): Socket | undefined {
  let longest: Socket | undefined
  let since = Infinity
  for (const [socket, { request, response, begunAt }] of open) {
    const isWaiting = request?.complete !== true || response?.headersSent === true
    if (!isWaiting || begunAt >= since) continue
    longest = socket
    since = begunAt
  }
  return longest
}
