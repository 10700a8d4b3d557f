import {
  createEngine,
  isTailfoldError,
  KeyValueJournal,
  memoryStore,
  type Platform,
  systemPlatform,
} from 'tailfold'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { schemaOf } from '../../helpers/schema.ts'

/** What would have ended the process. */
const escaped: unknown[] = []
const note = (error: unknown) => void escaped.push(error)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))

const broken: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('no clock')
  },
  'says NaN': () => Number.NaN,
  'says Infinity': () => Number.POSITIVE_INFINITY,
  'says a text': () => '5',
  'says nothing': () => undefined,
}

/** A platform whose clock tells the time so many times, and then is broken until it is mended. */
function breakingAfter(calls: number, fail: () => unknown) {
  const platform = virtualPlatform()
  let left = calls
  const now = () => (left-- > 0 ? platform.now() : (fail() as number))
  return {
    platform: { ...platform, now },
    mend: () => {
      left = Number.POSITIVE_INFINITY
    },
  }
}

/** `unexpected` would say that the engine stumbled. */
const isClear = (error: unknown) => isTailfoldError(error) && error.code !== 'unexpected'

const deposit = schemaOf(async (value) => ({ value: value as object }))

describe.each(Object.entries(broken))('a clock that %s', (_, fail) => {
  test('whenever it begins to: each command is answered as it ended, and the engine goes on', async () => {
    for (let calls = 0; calls < 80; calls++) {
      const { platform, mend } = breakingAfter(calls, fail)
      const journal = new KeyValueJournal(memoryStore())
      const definition = { ...account, events: { Deposited: deposit } } as unknown as typeof account
      const engine = createEngine(definition, { journal, platform, observers: [() => () => {}], maxBatch: 2 })
      const commands = [
        engine.execute('a', command.deposit(1), { commandId: 'c1' }),
        engine.execute('a', command.deposit(10)),
        engine.execute('a', command.withdraw(1_000), { commandId: 'c2' }),
        engine.execute('a', command.deposit(100), { deadline: Number.POSITIVE_INFINITY }),
      ]
      const settled = await Promise.allSettled(commands)
      await engine.idle()
      let balance = 0
      const unclear: unknown[] = []
      for (const [index, each] of settled.entries()) {
        if (each.status === 'fulfilled') balance += [1, 10, 0, 100][index] ?? 0
        else if (!(each.reason instanceof TypeError) && !isClear(each.reason)) unclear.push(each.reason)
      }
      expect(unclear).toEqual([])
      mend()
      expect((await engine.read('a')).state, `broken from call ${calls} on`).toMatchObject({ balance })
      expect(await engine.execute('a', command.deposit(1))).toMatchObject({ kind: 'replied' })
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(escaped).toEqual([])
  })

  test('at first: commands and reads are refused', async () => {
    const { platform, mend } = breakingAfter(0, fail)
    const engine = createEngine(account, { journal: new KeyValueJournal(memoryStore()), platform })
    const refused = { name: 'TypeError', message: expect.stringContaining('platform.now() must return') }
    await expect(engine.execute('a', command.deposit(1))).rejects.toMatchObject(refused)
    await expect(engine.execute('a', command.deposit(1), { deadline: 5 })).rejects.toMatchObject(refused)
    await expect(engine.read('a')).rejects.toMatchObject(refused)
    mend()
    expect(await engine.execute('a', command.deposit(1))).toMatchObject({ revision: 1 })
  })
})

test('a clock that throws is refused with what it threw as the cause', async () => {
  const { platform } = breakingAfter(0, () => {
    throw new Error('no clock')
  })
  const engine = createEngine(account, { journal: new KeyValueJournal(memoryStore()), platform })
  await expect(engine.execute('a', command.deposit(1))).rejects.toMatchObject({
    name: 'TypeError',
    cause: { message: 'no clock' },
  })
})

test('a platform may be of a class with private fields', async () => {
  class Own implements Platform {
    readonly #under = systemPlatform
    now = () => this.#under.now()
    schedule(ms: number, callback: () => void) {
      return this.#under.schedule(ms, callback)
    }
    random() {
      return this.#under.random()
    }
    newId() {
      return this.#under.newId()
    }
    sha256(text: string) {
      return this.#under.sha256(text)
    }
  }
  const engine = createEngine(account, { journal: new KeyValueJournal(memoryStore()), platform: new Own() })
  expect(await engine.execute('a', command.deposit(1), { commandId: 'c' })).toMatchObject({ revision: 1 })
})
