import { createEngine, memoryRows, memoryStore, systemPlatform } from 'tailfold'
import { createConsumers, follow, heldEntities, retryParked } from 'tailfold/consumers'
import { createApp } from 'tailfold/http'
import { keyValueJournal } from 'tailfold/store'
import { dropView, readViews, rebuildView, switchView, view, viewRoutes } from 'tailfold/views'
import { describe, expect, test, vi } from 'vitest'
import { counter } from '../helpers/counter.ts'

const sums = <const Version extends number>(version: Version) =>
  view({ name: 'sums', version, from: counter, row: ({ sum }) => ({ sum, version }) })
const [one, two, three] = [sums(1), sums(2), sums(3)]

/** A counter, rows of versions 1 and 2, and a clock that is moved by hand. */
async function versions() {
  const store = memoryStore()
  const base = memoryRows()
  let gets = 0
  const rows = { ...base, get: (...args: Parameters<typeof base.get>) => ((gets += 1), base.get(...args)) }
  const journal = keyValueJournal(store)
  await createEngine(counter, { journal, platform: systemPlatform }).execute('a', { type: 'Count', by: 5 })
  for (const each of [one, two]) await rebuildView(each, { store, rows })
  let now = 0
  const platform = { ...systemPlatform, now: () => now }
  return {
    store,
    rows,
    journal,
    read: (views: readonly (typeof one | typeof two | typeof three)[]) => {
      const { sums } = readViews({ journal, rows, views, platform })
      return async () => (await sums.get('a'))?.row.version
    },
    pass: (ms: number) => void (now += ms),
    gets: () => gets,
  }
}

describe('of two versions', () => {
  test('queries read the older one until another is chosen, then that within 5 seconds', async () => {
    const { rows, read, pass } = await versions()
    const version = read([two, one])
    expect(await version()).toBe(1)
    expect(await switchView('sums', 2, { rows })).toEqual({ kind: 'switched', from: undefined })
    pass(4_999)
    expect(await version()).toBe(1)
    pass(1)
    expect(await version()).toBe(2)
    expect(await switchView('sums', 1, { rows })).toEqual({ kind: 'switched', from: 2 })
    pass(5_000)
    expect(await version()).toBe(1)
  })

  test('a clock that is set back does not keep the older one', async () => {
    const { rows, read, pass } = await versions()
    const version = read([one, two])
    expect(await version()).toBe(1)
    await switchView('sums', 2, { rows })
    pass(-3_600_000)
    expect(await version()).toBe(2)
  })

  test('the choice takes one request in 5 seconds, and none where there is one version', async () => {
    const { read, gets } = await versions()
    const [both, alone] = [read([one, two]), read([one])]
    const start = gets()
    for (let n = 0; n < 10; n++) await both()
    expect(gets() - start).toBe(11)
    for (let n = 0; n < 10; n++) await alone()
    expect(gets() - start).toBe(21)
  })

  test('code that does not know the chosen version reads the newest before it', async () => {
    const { rows, read } = await versions()
    await switchView('sums', 3, { rows, force: true })
    expect(await read([one, two])()).toBe(2)
  })

  test('one that was not rebuilt is refused, except by force', async () => {
    const { rows } = await versions()
    const reason = 'sums@3 was neither rebuilt nor has its consumer read all events'
    expect(await switchView('sums', 3, { rows })).toEqual({ kind: 'not-ready', reason })
    expect(await switchView('sums', 3, { rows, force: true })).toMatchObject({ kind: 'switched' })
  })

  test('one whose consumer has read the whole feed is ready without a rebuild', async () => {
    const { rows, store, journal } = await versions()
    expect(await switchView('sums', 3, { rows, store })).toMatchObject({ kind: 'not-ready' })
    const following = follow(createConsumers({ journal, rows, consumers: [three] }))
    const views = readViews({ journal, rows, views: [three] })
    await vi.waitFor(async () => expect(await views.sums.get('a')).toBeDefined())
    await following.stop()
    expect(await switchView('sums', 3, { rows, store })).toMatchObject({ kind: 'switched' })
  })

  test('one with an entity that is parked, or was released and waits, is refused until its row is there', async () => {
    const { rows, store, journal } = await versions()
    let isBroken = true
    const four = view({
      name: 'sums',
      version: 4,
      from: counter,
      row({ sum }) {
        if (isBroken) throw new Error('no')
        return { sum }
      },
    })
    await rebuildView(four, { store, rows })
    const reason = (what: string) => `sums@4 has entities that ${what}, such as counter/a`
    expect(await switchView('sums', 4, { rows })).toMatchObject({ reason: reason('are parked') })
    await retryParked(rows, 'sums@4', 'counter/a')
    expect(await switchView('sums', 4, { rows })).toMatchObject({ reason: reason('wait to be delivered') })
    isBroken = false
    await createConsumers({ journal, rows, consumers: [four] }).deliverHeld()
    expect((await heldEntities(rows, 'sums@4', 'retry')).entities).toEqual([])
    expect(await switchView('sums', 4, { rows })).toMatchObject({ kind: 'switched' })
  })

  test('one that was dropped while its consumer runs is refused until all rows are there again', async () => {
    const { rows, store, journal } = await versions()
    const following = follow(createConsumers({ journal, rows, consumers: [three] }))
    const views = readViews({ journal, rows, views: [three] })
    const hasRow = async () => expect(await views.sums.get('a')).toBeDefined()
    await vi.waitFor(hasRow)
    const isReady = async () =>
      expect(await switchView('sums', 3, { rows, store })).toMatchObject({ kind: 'switched' })
    await vi.waitFor(isReady, 3_000)
    await dropView(three, { rows, allTenants: true })
    expect(await switchView('sums', 3, { rows, store })).toMatchObject({ kind: 'not-ready' })
    await vi.waitFor(isReady, 5_000)
    await hasRow()
    await dropView(three, { rows, allTenants: true })
    await following.stop()
    expect(await switchView('sums', 3, { rows, store })).toMatchObject({ kind: 'not-ready' })
  })

  test('the same routes serve both', async () => {
    const { rows, journal } = await versions()
    const routes = viewRoutes({ journal, rows, views: [one, two] })
    const app = createApp({ journal, entities: [counter], authorize: 'everybody', routes, onWarning() {} })
    await switchView('sums', 2, { rows })
    const request = { method: 'GET', path: '/views/sums/a', query: '', headers: {}, body: undefined }
    const answer = await app.handle(request)
    expect(JSON.parse(String(answer.body))).toEqual({ sum: 5, version: 2 })
  })
})
