import { connect, type Socket } from 'node:net'

const megabyte = 1024 * 1024

/** Callers that cost a server something and read nothing. */
export interface Siege {
  readonly connections: number
  end(): void
}

const head = (method: string, path: string, length = 0) =>
  `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`

/** What each kind of caller sends, how often it is there, and what it sends every 100 ms from then on. */
const kinds: ReadonlyArray<{ readonly count: number; readonly sends: string; readonly drips?: string }> = [
  // Slow readers, of one answer and of many.
  { count: 24, sends: head('GET', '/large') },
  { count: 6, sends: head('GET', '/large').repeat(500) },
  // Slow writers: most of a body, then a byte now and then; half a header; nothing.
  {
    count: 60,
    sends: `${head('POST', '/account/slow/Deposit', 262_144)}{"note":"${'x'.repeat(200_000)}`,
    drips: 'x',
  },
  { count: 60, sends: 'GET /account/a HTTP/1.1\r\nhost: loc' },
  { count: 60, sends: '' },
  // Bodies without an end.
  { count: 10, sends: `${head('POST', '/account/large/Deposit', 1e9)}${'x'.repeat(megabyte)}` },
]

/** Besieges the server of load-server-program.ts. A connection that is cut off is replaced after two seconds. */
export function layOutSiege(port: number): Siege {
  const sockets = new Set<Socket>()
  let isOver = false

  function open(kind: (typeof kinds)[number]): void {
    if (isOver) return
    const { sends, drips } = kind
    const socket = connect(port, '127.0.0.1', () => socket.write(sends))
    sockets.add(socket.pause().on('error', () => {}))
    const timer = drips === undefined ? undefined : setInterval(() => socket.write(drips), 100)
    socket.once('close', () => {
      clearInterval(timer)
      sockets.delete(socket)
      setTimeout(() => open(kind), 2_000).unref()
    })
  }

  for (const kind of kinds) for (let opened = 0; opened < kind.count; opened++) open(kind)
  return {
    connections: kinds.reduce((sum, { count }) => sum + count, 0),
    end() {
      isOver = true
      for (const socket of sockets) socket.destroy()
    },
  }
}
