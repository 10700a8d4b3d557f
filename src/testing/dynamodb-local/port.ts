import { createServer } from 'node:net'

/**
 * Asks the operating system whether a port can be bound on all interfaces, as DynamoDB Local does.
 *
 * @param port 1–65535, or 0 for any free port.
 * @returns The port that was free a moment ago; somebody else may take it before it is used.
 * @throws The system's error, as `EADDRINUSE` or `EACCES` in `code`.
 */
export function probePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '0.0.0.0', () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(bound))
    })
  })
}
