import { createEngine, KeyValueJournal, memoryStore } from 'tailfold'
import { toJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { command, openBank } from '../../helpers/bank.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

const id = 'acc-001'
const remembering = { ...account, dedupe: 'always' } as const

/** More commands with ids than a record of one kilobyte has room for. */
const many = 130

async function busyEntity() {
  const { store, journal, platform, balance } = openBank()
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
