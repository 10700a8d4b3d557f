// Runs in Deno: answers the parts of the suite for docs/examples/deno-kv-store.ts, on a database in a temporary file.
import { type DenoKv, denoKvStore } from '../../../docs/examples/deno-kv-store.ts'
import { answerSuite } from '../workers/suite-in-worker.ts'

interface DenoGlobal {
  makeTempDirSync(): string
  openKv(path: string): Promise<DenoKv>
  serve(
    options: { hostname: string; port: number; onListen(address: { port: number }): void },
    handler: (request: Request) => Promise<Response>,
  ): void
}

const deno = (globalThis as unknown as { readonly Deno: DenoGlobal }).Deno
// One handle a process: the local database does not wait for the lock of another one, and says that it is locked.
const kv = await deno.openKv(`${deno.makeTempDirSync()}/journal.db`)

const options = {
  open: async () => ({ store: denoKvStore(kv) }),
  lastSnapshotWins: 'The example reads nothing before it writes a snapshot.',
  ignoresPreviousHash: 'A check compares versionstamps, which the journal does not know.',
  withoutChanges: 'watch() shows the newest value of a key alone.',
}

deno.serve(
  {
    hostname: '127.0.0.1',
    port: 0,
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/`),
  },
  (request) => answerSuite(options, request),
)
