import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { findChromium, noChromium } from './chromium.ts'

/** `npm run test:browser`: the tests that need Chromium. Without one it fails, or lists what did not run. */
const { values } = parseArgs({ options: { 'allow-missing': { type: 'boolean', default: false } } })

if (findChromium() !== undefined) {
  const vitest = ['vitest', 'run', '--config', 'test/system/browser/vitest.config.ts']
  spawn('npx', vitest, { stdio: 'inherit' }).on('close', (code) => process.exit(code ?? 1))
} else if (values['allow-missing']) {
  console.warn(`${noChromium}\nThese did not run:`)
  for (const file of globSync('test/system/browser/*.test.ts').sort()) console.warn(`  ${file}`)
} else {
  console.error(noChromium)
  process.exitCode = 1
}
