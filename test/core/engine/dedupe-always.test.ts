import { createEngine, KeyValueJournal, memoryStore, type Store } from 'tailfold'
import { toJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { command, openBank } from '../../helpers/bank.ts'
import { after, type Fault } from '../../helpers/faulty-store.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

const id = 'acc-001'
const remembering = { ...account, dedupe: 'always' } as const

/** More commands with ids than a record of one kilobyte has room for. */
const many = 130

async function busyEntity(memory: Store = memoryStore()) {
  const { store, journal, platform, balance } = openBank(memory)
  const engine = () => createEngine(remembering, { journal, platform })
  const first = await engine().execute(id, command.withdraw(1), { commandId: 'w1' })
  for (let n = 1; n <= many; n++) await engine().execute(id, command.deposit(1), { commandId: `c${n}` })
  return { store, engine, balance, first }
}

describe("dedupe: 'always'", () => {
  test('knows a command id that has long left the window, and a refusal too', async () => {
    const { engine, balance, first } = await busyEntity()
    expect(await engine().execute(id, command.deposit(1), { commandId: 'c1' })).toMatchObject({
      replayed: true,
      revision: 2,
    })
    expect(await engine().execute(id, command.withdraw(1), { commandId: 'w1' })).toEqual({
      ...first,
      replayed: true,
    })
    expect(await balance()).toBe(many)
  })

  test('without it such an id is carried out again once the period is over', async () => {
    const { engine, balance, platform } = openBank()
    for (let n = 1; n <= many; n++) await engine().execute(id, command.deposit(1), { commandId: `c${n}` })
    platform.jump(361_000)
    await engine().execute(id, command.deposit(1), { commandId: 'later' })
    expect(await engine().execute(id, command.deposit(1), { commandId: 'c1' })).toMatchObject({
      replayed: false,
    })
    expect(await balance()).toBe(many + 2)
  })

  test('costs a read for an id the window does not show, and none while the window has forgotten nothing', async () => {
    const { store, engine } = await busyEntity()
    const { findCommandId } = store.calls
    await engine().execute(id, command.deposit(1), { commandId: `c${many}` })
    expect(store.calls.findCommandId - findCommandId).toBe(0)
    await engine().execute(id, command.deposit(1), { commandId: 'new' })
    expect(store.calls.findCommandId - findCommandId).toBe(1)
    const calm = openBank()
    const { journal, platform } = calm
    for (let n = 1; n <= 32; n++) {
      await createEngine(remembering, { journal, platform }).execute(id, command.deposit(1), {
        commandId: `c${n}`,
      })
    }
    expect(calm.store.calls.findCommandId).toBe(0)
  })

  test('asks for the two ids under which a command of a principal may be kept at the same time', async () => {
    const { store, engine } = await busyEntity()
    const order: string[] = []
    const noted: Fault = async (call) => {
      order.push('asked')
      await Promise.resolve()
      const answer = await call()
      order.push('answered')
      return answer
    }
    store.plan('findCommandId', noted, noted)
    await engine().execute(id, command.deposit(1), { commandId: 'new', principal: { id: 'alice' } })
    expect(order).toEqual(['asked', 'asked', 'answered', 'answered'])
  })

  test('asks once for an id, however many commits a warm process is behind', async () => {
    const { store, engine } = await busyEntity()
    const [one, two] = [engine(), engine()]
    await one.read(id)
    await two.execute(id, command.deposit(1), { commandId: 'x1' })
    await two.execute(id, command.deposit(1), { commandId: 'x2' })
    const { findCommandId, append } = store.calls
    expect(await one.execute(id, command.deposit(1), { commandId: 'x3' })).toMatchObject({ replayed: false })
    expect(store.calls.findCommandId - findCommandId).toBe(1)
    expect(store.calls.append - append).toBe(3)
    const again = await one.execute(id, command.deposit(1), { commandId: 'x2' })
    expect(again).toMatchObject({ replayed: true })
  })

  test('finds the id that another process used while it lost to it', async () => {
    const { store, engine, balance } = await busyEntity()
    const [one, two] = [engine(), engine()]
    const twice = { commandId: 'twice' }
    store.plan(
      'append',
      after(() => two.execute(id, command.deposit(1), twice)),
    )
    expect(await one.execute(id, command.deposit(1), twice)).toMatchObject({ replayed: true })
    expect(await balance()).toBe(many + 1)
  })

  test('asks again for an id when the journal went back in time meanwhile', async () => {
    const memory = memoryStore()
    const { store, engine } = await busyEntity(memory)
    const twice = { commandId: 'twice' }
    const restore = async () => {
      await memory.truncate?.(`account/${id}`, many)
      await engine().execute(id, command.deposit(1), twice)
      for (let n = 1; n <= many; n++)
        await engine().execute(id, command.deposit(1), { commandId: `later${n}` })
    }
    store.plan('append', after(restore))
    expect(await engine().execute(id, command.deposit(1), twice)).toMatchObject({
      replayed: true,
      revision: many + 1,
    })
  })

  test('of a used id finds another command out', async () => {
    const { engine } = await busyEntity()
    await expect(engine().execute(id, command.deposit(2), { commandId: 'c1' })).rejects.toMatchObject({
      code: 'command-id-reused',
      data: { revision: 2 },
    })
  })

  test.each([
    [1, 300, 360],
    [400, 300, 400],
    [Number.MAX_SAFE_INTEGER, 300, 1e12],
  ])(
    'with idItemsForSeconds %i and dedupeForSeconds %i keeps an id for %i seconds',
    async (idItemsForSeconds, dedupeForSeconds, seconds) => {
      const { store, platform } = openBank()
      const expiries: (number | undefined)[] = []
      const journal = new KeyValueJournal({
        ...store,
        append: (key, revision, record, request) => {
          expiries.push(request?.ids?.[0]?.expiresAtEpochSeconds)
          return store.append(key, revision, record, request)
        },
      })
      const definition = { ...remembering, idItemsForSeconds, dedupeForSeconds }
      const now = Math.ceil(platform.now() / 1_000)
      await createEngine(definition, { journal, platform }).execute(id, command.deposit(1), {
        commandId: 'c',
      })
      expect(expiries).toEqual([now + seconds])
    },
  )

  test.each([
    ['a journal with just the four methods', toJournal(fourMethodJournal())],
    [
      'a store that cannot find ids',
      new KeyValueJournal({ ...memoryStore(), findCommandId: undefined } as never),
    ],
  ])('on %s is refused at construction', (_, journal) => {
    const { platform } = openBank()
    expect(() => createEngine(remembering, { journal, platform })).toThrow(
      /needs a journal whose store offers findCommandId/,
    )
  })
})

describe('dedupeWindow', () => {
  test('sets how many ids are remembered whatever their age', async () => {
    const { journal, platform } = openBank()
    const engine = () => createEngine({ ...account, dedupeWindow: 200 }, { journal, platform })
    for (let n = 1; n <= 201; n++) await engine().execute(id, command.deposit(1), { commandId: `c${n}` })
    platform.jump(400_000)
    expect(await engine().execute(id, command.deposit(1), { commandId: 'c2' })).toMatchObject({
      replayed: true,
      revision: 2,
    })
  })

  test.each([-1, 1.5, 1_001, Number.NaN])('of %s is a TypeError', (dedupeWindow) => {
    const { journal, platform } = openBank()
    expect(() => createEngine({ ...account, dedupeWindow }, { journal, platform })).toThrow(
      /dedupeWindow of account/,
    )
  })
})
