import { nodeServer } from 'tailfold/node'
import { openApp } from './http-app.ts'

/** A server of its own process, with small bounds. Sends its port, then, when asked, the most memory it has used. */
const megabyte = 1024 * 1024
const { app } = openApp()
const large = 'x'.repeat(4 * megabyte)

const server = nodeServer(
  {
    ...app,
    // A page so large that the system does not take all of it from a process.
    handle: async (request) =>
      request.path === '/large'
        ? { status: 200, headers: { 'content-type': 'application/json' }, body: large }
        : app.handle(request),
  },
  { port: 0, maxConnections: 200, maxBufferedBytes: 32 * megabyte, responseTimeoutMs: 2_000 },
)
const { port } = await server.listen()
let most = 0
setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss)
}, 20)
process.on('message', () => process.send?.({ most }))
process.on('disconnect', () => process.exit())
process.send?.({ port })
