import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../../helpers/long-history-program.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tailfold-long-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('recovering 100,000 events without a stored state holds a page at a time: the heap grows by less than 64 MB', {
  timeout: 120_000,
}, async () => {
  const file = join(folder, 'journal.sqlite')
  const args = ['--conditions=tailfold-source', '--expose-gc', program, file]
  const { stdout } = await run(process.execPath, args)
  const { events, balance, peakBytes } = JSON.parse(stdout) as {
    events: number
    balance: number
    peakBytes: number
  }
  console.log(`100,000 events recovered, peak heap growth ${(peakBytes / 1024 / 1024).toFixed(1)} MB`)
  expect({ events, balance }).toEqual({ events: 100_000, balance: 100_000 })
  expect(peakBytes).toBeLessThan(64 * 1024 * 1024)
})
