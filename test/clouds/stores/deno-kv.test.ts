import { afterAll } from 'vitest'
import { type Program, startProgram } from '../runtimes/program.ts'
import { workerSuite } from './worker-suite.ts'

let program: Promise<Program> | undefined
afterAll(async () => (await program)?.stop())

// docs/examples/deno-kv-store.ts
workerSuite({
  row: 'Deno KV (example)',
  start: () => (program ??= startProgram('../stores/deno-kv-program.ts', 'deno')),
  query: '',
  costs: { warm: [1, 0, 0], cold: [2, 0, 0], units: undefined },
})
