import { ActorSystem, Behaviors, KeyValueJournal, memoryStore } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { actorBench } from '../../helpers/actors.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'

function bank() {
  const journal = new KeyValueJournal(memoryStore())
  const platform = virtualPlatform()
  return {
    system: () => new ActorSystem({ name: 'bank', platform }),
    bankAccount: () => Behaviors.eventSourced({ ...account, entityId: 'acc-001', journal }),
  }
}

describe('an actor', () => {
  test('answers what was told before it was asked, in order', async () => {
    const { system, bankAccount } = bank()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'account')
    acc.tell({ type: 'Deposit', amount: 1_000 })
    acc.tell({ type: 'Deposit', amount: 500 })
    expect(await actors.ask(acc, { type: 'GetBalance' }, 2_000)).toEqual({ balance: 1_500, txCount: 2 })
  })

  test('writes messages that wait together in one commit: one request for 64 of them', async () => {
    const { system, ticker, store } = actorBench()
    await using actors = system()
    const ref = actors.spawn(ticker(), 't')
    for (let n = 0; n < 128; n++) ref.tell({ type: 'Tick', n })
    await actors.stop()
    expect(store.calls.append).toBe(2)
  })

  test('recovers in another system from the same journal', async () => {
    const { system, bankAccount } = bank()
    {
      await using first = system()
      const acc = first.spawn(bankAccount(), 'account')
      acc.tell({ type: 'Deposit', amount: 1_000 })
      acc.tell({ type: 'Deposit', amount: 500 })
    }
    await using second = system()
    const acc = second.spawn(bankAccount(), 'account')
    expect(await second.ask(acc, { type: 'GetBalance' }, 2_000)).toEqual({ balance: 1_500, txCount: 2 })
  })

  test('in two systems on one journal at once loses no command', async () => {
    const { system, bankAccount } = bank()
    await using one = system()
    await using two = system()
    const refs = [one.spawn(bankAccount(), 'a'), two.spawn(bankAccount(), 'a')] as const
    for (let n = 0; n < 100; n++) refs[n % 2 === 0 ? 0 : 1].tell({ type: 'Deposit', amount: 1 })
    await one.ask(refs[0], { type: 'GetBalance' }, 60_000)
    await two.ask(refs[1], { type: 'GetBalance' }, 60_000)
    expect(await one.ask(refs[0], { type: 'GetBalance' }, 60_000)).toEqual({ balance: 100, txCount: 100 })
  })

  test('tells the replyTo of a told command', async () => {
    const { system, bankAccount } = bank()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    const replies: string[] = []
    acc.tell({ type: 'Deposit', amount: 10 })
    acc.tell({ type: 'Withdraw', amount: 4, replyTo: { tell: (message) => void replies.push(message) } })
    await actors.ask(acc, { type: 'GetBalance' }, 1_000)
    expect(replies).toEqual(['ok'])
  })

  test('rejects an ask with rejected, its reason and details', async () => {
    const { system, bankAccount } = bank()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    await expect(actors.ask(acc, { type: 'Withdraw', amount: 5 }, 1_000)).rejects.toMatchObject({
      code: 'rejected',
      message: 'account/acc-001 rejected the command: insufficient funds.',
      data: { reason: 'insufficient funds', details: { balance: 0 } },
    })
  })

  test('carries a command id out once', async () => {
    const { system, bankAccount } = bank()
    await using actors = system()
    const acc = actors.spawn(bankAccount(), 'a')
    const options = { timeoutMs: 1_000, commandId: 'd1' }
    await actors.ask(acc, { type: 'Deposit', amount: 5 }, options)
    await actors.ask(acc, { type: 'Deposit', amount: 5 }, options)
    expect(await actors.ask(acc, { type: 'GetBalance' }, 1_000)).toEqual({ balance: 5, txCount: 1 })
  })
})
