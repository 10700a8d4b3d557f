// `npm run test:clouds`: the stores and the runtimes of every cloud against stand-ins. Installs what it needs, checks the
// types, runs the tests and prints a table. Arguments are parts of file names: `npm run test:clouds -- sqlite`.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'
import { install } from './install.ts'
import { tableReporter } from './table/reporter.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

await install()
const types = spawnSync('npx', ['tsc', '--noEmit', '-p', here], { stdio: 'inherit' })
if (types.status !== 0) process.exit(1)
const names = process.argv.slice(2)
await startVitest('test', names, {
  config: join(here, 'vitest.config.ts'),
  watch: false,
  reporters: ['default', tableReporter({ all: names.length === 0 })],
})
