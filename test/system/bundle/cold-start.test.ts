import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { bundleBank } from './bank-bundle.ts'
import { coldStart } from './cold-start.ts'
import { startFakeDynamoDb } from './fake-dynamodb.ts'

test('the bundle starts in a new process and carries out its first command with two requests', async () => {
  const folder = temporaryFolder()
  await using server = await startFakeDynamoDb()
  try {
    const file = join(folder.path, 'handler.mjs')
    writeFileSync(file, (await bundleBank()).text)
    const { importMs, callMs, sumMs } = await coldStart(file, server.endpoint)
    expect(sumMs).toBe(importMs + callMs)
    expect(importMs).toBeGreaterThan(0)
    expect(server.takeOperations()).toEqual(['Query', 'PutItem'])
  } finally {
    folder.remove()
  }
})
