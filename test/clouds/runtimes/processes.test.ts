import type { LocalServer } from 'tailfold/testing/sqld'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createIn, startSqld } from '../stores/libsql-server.ts'
import { overlap, sameApp } from '../suite/same-app.ts'
import type { Cell } from '../table/cell.ts'
import { type Program, startProgram } from './program.ts'

let database: LocalServer
beforeAll(async () => {
  database = await startSqld()
  await createIn(database.address)
})
afterAll(() => database.stop())

describe.each([
  ['Node.js', 'node', './server-program.ts'],
  ['Deno', 'deno', './server-program.ts'],
  ['Bun', 'bun', './server-program.ts'],
  ['Lambda handler', 'node', './lambda-program.ts'],
  ['Google Cloud Functions', 'node', './google-program.ts'],
  ['Azure Functions', 'node', './azure-program.ts'],
] as const)('%s', (row, runtime, file) => {
  const cell = (column: Cell['column']) => ({ meta: { cell: { table: 'runtimes', row, column } as const } })
  let program: Program | undefined
  beforeAll(async () => {
    program = await startProgram(file, runtime, { DATABASE: database.address })
  })
  afterAll(async () => program?.stop())

  const url = () => {
    if (program === undefined) throw new Error(`${row} did not start.`)
    return program.url
  }

  test('serves the app as every runtime does', cell('same app'), async ({ task }) => {
    task.meta.text = await sameApp(url())
  })

  test.each([2, 6, 160])('answers %i commands at once on one entity', cell('overlap'), async (requests) => {
    await expect(overlap(url(), requests)).resolves.toBeUndefined()
  })
})

test('the Functions Framework of Google answers broken JSON by itself', async () => {
  const program = await startProgram('./google-program.ts', 'node', { DATABASE: database.address })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(new URL('/account/a/Deposit', program.url), {
    method: 'POST',
    headers,
    body: '{"amount":',
  })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8'])
  await program.stop()
})
