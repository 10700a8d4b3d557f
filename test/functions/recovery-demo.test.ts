import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('../../functions/bank/recovery-demo.ts', import.meta.url))

test('the recovery demo prints the balance before and after recovery, and nothing else', {
  timeout: 60_000,
}, async () => {
  const run = promisify(execFile)(process.execPath, ['--conditions=tailfold-source', program])
  expect(await run).toEqual({
    stdout: 'Balance: 1500, transactions: 2\nRecovered balance: 1500, transactions: 2\n',
    stderr: '',
  })
})
