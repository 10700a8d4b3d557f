// The bank in Node.js, Deno or Bun.
import { fetchHandler } from 'tailfold/fetch'
import { nodeServer } from 'tailfold/node'
import { openBank } from './open-bank.ts'

type Handler = (request: Request) => Promise<Response>
interface Globals {
  readonly Deno?: {
    serve(
      options: { port: number; hostname: string; onListen(at: { port: number }): void },
      handler: Handler,
    ): void
  }
  readonly Bun?: {
    serve(options: { port: number; hostname: string; fetch: Handler }): { readonly port: number }
  }
}

const { Deno, Bun } = globalThis as Globals
const app = openBank()
const handle = fetchHandler(app)
const listens = { port: 0, hostname: '127.0.0.1' }
const print = (port: number) => console.log(`http://127.0.0.1:${port}/`)

if (Deno !== undefined)
  Deno.serve({ ...listens, onListen: ({ port }) => print(port) }, (request) => handle(request))
else if (Bun !== undefined) print(Bun.serve({ ...listens, fetch: (request) => handle(request) }).port)
else console.log((await nodeServer(app, { port: 0 }).listen()).url)
