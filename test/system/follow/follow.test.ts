import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { accessKeyId } from '../../helpers/dynamodb.ts'
import { dynamoDbPlace } from './dynamodb-place.ts'
import type { Place } from './place.ts'
import { describeFollow, runFollow } from './run.ts'
import { sqlitePlace } from './sqlite-place.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailfold-follow-'))
afterAll(() => rmSync(folder, { recursive: true }))

const places: ReadonlyArray<readonly [store: string, place: () => Place | Promise<Place>]> = [
  ['one SQLite file', () => sqlitePlace(folder)],
  ['DynamoDB', () => dynamoDbPlace(inject('endpoint'), accessKeyId)],
]

test.concurrent.each(places)(
  '4 writers and a follower on %s, one killed every second: every commit is seen, in order, and counts once',
  async (_store, place) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const report = await runFollow({ place: await place(), seconds: 5, writers: 4, seed })
    console.log(describeFollow(report))
    expect(report.violations).toEqual([])
    expect(report.kills.writers).toBeGreaterThanOrEqual(3)
    expect(report.kills.follower).toBeGreaterThanOrEqual(1)
    expect(report.acknowledged).toBeGreaterThan(20)
  },
  120_000,
)
