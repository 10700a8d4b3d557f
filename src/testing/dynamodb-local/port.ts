import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * Asks the operating system whether a port can be bound on all interfaces, as DynamoDB Local does.
 *
 * @param port 1–65535, or 0 for any free port.
 * @returns The port that was free a moment ago; another process may take it before it is used.
 * @throws The system's error, such as `EADDRINUSE` or `EACCES` in `code`.
 */
export async function probePort(port: number): Promise<number> {
  const server = createServer().listen(port, '0.0.0.0')
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return bound
}
