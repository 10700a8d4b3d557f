import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../../helpers/garbage-program.ts', import.meta.url))

test('a warm command leaves less than 200 bytes among the old objects of V8, where garbage costs twice as much', async () => {
  const { stdout } = await run(process.execPath, ['--conditions=tailfold-source', '--expose-gc', program])
  const bytes = Number(stdout)
  expect(bytes).toBeGreaterThan(0)
  // It was 4,400 while time limits stayed in a list for 25 ms.
  expect(bytes).toBeLessThan(200)
})
