import type { LocalServer } from 'tailfold/testing/postgres-local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeFollow, runFollow } from '../../system/follow/run.ts'
import { postgresPlace } from './postgres-place.ts'
import { startPostgres } from './postgres-server.ts'

/** `FOLLOW_SECONDS=60` for a long run. */
const seconds = Number(process.env['FOLLOW_SECONDS'] ?? 5)

let server: LocalServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(async () => server?.stop())

test('4 writers and a follower on PostgreSQL, one killed every second: every commit is seen, in order, and counts once', {
  timeout: 120_000 + seconds * 1_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const place = await postgresPlace(server.address)
  const report = await runFollow({ place, seconds, writers: 4, seed })
  console.log(describeFollow(report))
  expect(report.violations).toEqual([])
  expect(report.kills.writers).toBeGreaterThanOrEqual(3)
  expect(report.kills.follower).toBeGreaterThanOrEqual(1)
  expect(report.acknowledged).toBeGreaterThan(20)
})
