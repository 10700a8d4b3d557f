import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { racers, storeChaos, storeConformance } from 'tailfold/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { root } from '../helpers/doc-blocks.ts'
import { openStore } from '../helpers/folder-store-open.ts'
import { temporaryFolder } from '../helpers/local-server.ts'
import { rejectionOf } from '../helpers/thrown.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const open = () => openStore(folder.path)
const module = (url = import.meta.resolve('../helpers/folder-store-open.ts')) => ({
  url,
  address: folder.path,
})

const cases = storeConformance({
  open,
  lastSnapshotWins: 'a rename compares nothing',
  ignoresPreviousHash: 'a file is created without a look at the one before',
  withoutCommandIds: 'an example',
  withoutKeys: 'folders are named by hashes',
  withoutChanges: 'files of all folders have no order',
})

describe('the example stores of docs/stores.md', { timeout: 60_000 }, () => {
  test.for([
    ['folder-store.ts', 100],
    ['redis-store.ts', 120],
    ['deno-kv-store.ts', 120],
  ] as const)('%s has at most %i lines', ([name, most]) => {
    const text = readFileSync(join(root, 'docs/examples', name), 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(most)
  })

  test.for(cases.filter(({ skip }) => skip === undefined))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })

  test('carries each command out once, though appends fail', async () => {
    expect(await storeChaos({ open, writers: 4, commands: 5 })).toMatchObject({ commands: 20 })
  })

  test('has one winner for each revision, and keeps what a killed process saw acknowledged', async () => {
    const report = await racers({ open, module: module(), wins: 30, killAfter: 30 })
    expect(report.raced).toBe(60)
    expect(report.acknowledged).toBeGreaterThanOrEqual(30)
    expect([report.acknowledged, report.acknowledged + 1]).toContain(report.stored)
  })
})

describe('racers', { timeout: 60_000 }, () => {
  test('find a store whose processes do not see one another', async () => {
    const elsewhere = temporaryFolder()
    try {
      const apart = { ...module(), address: elsewhere.path }
      const error = await rejectionOf(racers({ open, module: apart, wins: 3, killAfter: 3 }))
      expect(error).toMatchObject({
        message: 'The processes claim 6 appends, the store holds 0.',
      })
    } finally {
      elsewhere.remove()
    }
  })

  test.for([
    { wins: 0 },
    { killAfter: 0 },
    { killAfter: 1.5 },
    { kilAfter: 3 },
    { module: undefined },
    { open: null },
  ])('take no options that would prove nothing, or never end: %j', async (options) => {
    expect(await rejectionOf(racers({ open, module: module(), ...options } as never))).toBeInstanceOf(
      TypeError,
    )
  })

  test('end where a store takes no append, and say so', async () => {
    const url = import.meta.resolve('../helpers/full-store.ts')
    expect(
      await rejectionOf(racers({ open, module: { url, address: '' }, wins: 3, killAfter: 3 })),
    ).toMatchObject({
      message: expect.stringMatching(
        /^A racing process ended with 1: [^]*104 appends in a row were occupied/,
      ),
    })
  })

  test('say that a process ended by itself', async () => {
    const missing = racers({ open, module: module('file:///nowhere/open.js'), wins: 1, killAfter: 1 })
    expect(await rejectionOf(missing)).toMatchObject({
      message: expect.stringMatching(/^A racing process ended with 1: [^]*Cannot find module '\/nowhere/),
    })
  })
})
