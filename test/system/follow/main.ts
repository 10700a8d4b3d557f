import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDynamoDbLocal } from 'tailfold/testing/dynamodb-local'
import { dynamoDbPlace } from './dynamodb-place.ts'
import type { Place } from './place.ts'
import { describeFollow, runFollow } from './run.ts'
import { sqlitePlace } from './sqlite-place.ts'

// npm run test:follow [-- --store sqlite|dynamodb --seconds 60 --writers 4 --seed N]
const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    seconds: { type: 'string', default: '60' },
    writers: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})

async function withPlace<Result>(work: (place: Place) => Promise<Result>): Promise<Result> {
  if (values.store === 'dynamodb') {
    const server = await startDynamoDbLocal()
    try {
      return await work(await dynamoDbPlace(server.endpoint, 'follow'))
    } finally {
      await server.stop()
    }
  }
  if (values.store !== 'sqlite') throw new TypeError(`There is no store ${values.store} here.`)
  const folder = mkdtempSync(join(tmpdir(), 'tailfold-follow-'))
  try {
    return await work(sqlitePlace(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const [seconds, writers, seed] = [Number(values.seconds), Number(values.writers), Number(values.seed)]
const report = await withPlace((place) => runFollow({ place, seconds, writers, seed }))
console.log(describeFollow(report))
process.exitCode = report.violations.length > 0 ? 1 : 0
