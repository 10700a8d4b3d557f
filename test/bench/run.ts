import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))

// The peers have a lockfile of their own, so that only benchmarks install them. Standard output is for the result.
if (!existsSync(`${folder}node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], { stdio: ['ignore', 2, 2] })
  if (status !== 0)
    throw new Error('The peers could not be installed; `npm ci --prefix test/bench` says why.')
}

// Imported only now: it needs them.
const { main } = await import('./main.ts')
await main(process.argv.slice(2))
