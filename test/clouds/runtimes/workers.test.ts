import { afterAll, describe, expect, test } from 'vitest'
import type { Cell } from '../table/cell.ts'
import { balanceOf, deposit, overlap, sameApp } from '../suite/same-app.ts'
import { startWorker, type Workerd } from '../workers/workerd.ts'
import { createTables } from '../workers/d1-tables.ts'

const cell = (row: string, column: Cell['column']) => ({
  meta: { cell: { table: 'runtimes', row, column } as const },
})

const started: Workerd[] = []
afterAll(() => Promise.all(started.map((workerd) => workerd.stop())))

async function start(file: string, options: Record<string, unknown>): Promise<Workerd> {
  const workerd = await startWorker(file, options)
  started.push(workerd)
  return workerd
}

async function startBank(mode: string, compatibilityFlags: readonly string[]): Promise<Workerd> {
  const options = { d1Databases: { JOURNAL: 'journal' }, bindings: { MODE: mode }, compatibilityFlags }
  const workerd = await start('./bank-worker.ts', options)
  await createTables(workerd, 'JOURNAL')
  return workerd
}

describe.each([
  ['Workers', 'isolate', [], 160],
  ['Workers, nodejs_compat', 'isolate', ['nodejs_compat'], 160],
  // Without a queue that they share, requests win one after the other.
  ['Workers, app per request', 'request', [], 20],
  ['Workers, no waitUntil', 'no context', [], 160],
] as const)('%s', (row, mode, flags, most) => {
  let workerd: Promise<Workerd> | undefined
  const url = async () => (await (workerd ??= startBank(mode, flags))).url

  test('serves the app as every runtime does', cell(row, 'same app'), async ({ task }) => {
    task.meta.text = await sameApp(await url())
  })

  test.each([2, 6, most])(
    'answers %i commands at once on one entity',
    cell(row, 'overlap'),
    async (requests) => {
      const startedAt = performance.now()
      for (let round = 0; round < 3; round++) await overlap(await url(), requests)
      // A command that hangs is answered after 10 s, with 503.
      expect(performance.now() - startedAt).toBeLessThan(30_000)
    },
  )
})

describe('a Worker with an app per isolate', () => {
  test('goes on when clients hang up', cell('Workers', 'overlap'), async () => {
    const { url } = await startBank('isolate', [])
    const id = crypto.randomUUID()
    for (let round = 0; round < 6; round++) {
      const leaving = Array.from({ length: 8 }, async (_, index) => {
        const signal = AbortSignal.timeout(1 + index * 3)
        const target = new URL(`/account/${id}/Deposit`, url)
        const headers = { 'content-type': 'application/json' }
        await fetch(target, { method: 'POST', headers, body: '{"amount":1000}', signal }).catch(() => {})
      })
      const staying = Array.from({ length: 8 }, () => deposit(url, id))
      expect(await Promise.all(staying)).toEqual(Array.from({ length: 8 }, () => 204))
      await Promise.all(leaving)
    }
    expect((await balanceOf(url, id)) % 1_000).toBe(48)
  })
})

describe('a Durable Object for each entity', () => {
  const row = 'Durable Objects'
  let workerd: Promise<Workerd> | undefined
  const durableObjects = { ACCOUNTS: { className: 'Accounts', useSQLite: true } }
  const url = async () => (await (workerd ??= start('./bank-objects.ts', { durableObjects }))).url

  test('serves the app as every runtime does', cell(row, 'same app'), async ({ task }) => {
    task.meta.text = await sameApp(await url())
  })

  test.each([2, 6, 160])(
    'answers %i commands at once on one entity',
    cell(row, 'overlap'),
    async (requests) => {
      await overlap(await url(), requests)
    },
  )

  test('has one object for all spellings of an id', cell(row, 'same app'), async () => {
    const base = await url()
    expect(await deposit(base, 'spelled')).toBe(204)
    const answer = await fetch(new URL('/account/s%70elled', base))
    expect(await answer.json()).toMatchObject({ balance: 1 })
  })

  test('refuses to list entities, of which it knows one', cell(row, 'same app'), async () => {
    const answer = await fetch(new URL('/account', await url()))
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })
})
