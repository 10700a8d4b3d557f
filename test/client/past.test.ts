import { isClientError } from 'tailfold/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BankServer, startBankServer } from '../helpers/bank-server.ts'
import { rejectionOf } from '../helpers/thrown.ts'

let server: BankServer
beforeAll(async () => {
  server = await startBankServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('the past', () => {
  test('is read at a revision, after an event and at a time', async () => {
    const acc = server.client().account('past')
    for (const amount of [1, 10, 100]) {
      await acc.tell({ type: 'Deposit', amount })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const [, second] = await Array.fromAsync(acc.events(), ({ timestamp }) => timestamp)
    const at = second ?? ''
    const then = { state: { balance: 11, txCount: 2 }, revision: 2 }
    expect(await acc.read({ revision: 2 })).toEqual(then)
    expect(await acc.read({ sequenceNr: 2 })).toEqual(then)
    expect(await acc.read({ at })).toEqual(then)
    expect(await acc.state({ at: new Date(at) })).toEqual(then.state)
    expect(await acc.state({ at: new Date() })).toEqual({ balance: 111, txCount: 3 })
  })

  test('that has not come yet, or was before the beginning, is not found', async () => {
    const acc = server.client().account('young')
    await acc.tell({ type: 'Deposit', amount: 1 })
    for (const past of [{ revision: 2 }, { sequenceNr: 2 }, { at: '2000-01-01T00:00:00Z' }]) {
      expect(isClientError(await rejectionOf(acc.state(past)), 'entity-not-found')).toBe(true)
    }
  })
})
