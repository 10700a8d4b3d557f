import fc from 'fast-check'
import {
  type CommandEnd,
  type CommandObserver,
  type CommandStart,
  createEngine,
  type EngineOptions,
  type ExecuteOptions,
  KeyValueJournal,
  memoryStore,
} from 'tailfold'
import { describe, expect, test } from 'vitest'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command, openBank } from '../../helpers/bank.ts'
import { after, hangs, requestLost } from '../../helpers/faulty-store.ts'
import { vault, vaultCommands } from '../../helpers/vault.ts'

const id = 'acc-001'

function recorder() {
  const starts: CommandStart[] = []
  const ends: CommandEnd[] = []
  const observer: CommandObserver = (start) => {
    starts.push(start)
    return (end) => void ends.push(end)
  }
  return { starts, ends, observer }
}

function open(options: Partial<EngineOptions> = {}) {
  const seen = recorder()
  const bank = openBank()
  return { ...seen, bank, engine: bank.engine({ observers: [seen.observer], costs: true, ...options }) }
}

describe('an observer is told', () => {
  test('of a command before it is carried out, and how it ended before the caller is', async () => {
    const order: string[] = []
    const observer: CommandObserver = () => {
      order.push('start')
      return () => void order.push('end')
    }
    const { store, engine } = openBank()
    store.plan('recover', async (call) => {
      order.push('recover')
      return call()
    })
    await engine({ observers: [observer] }).execute(id, command.deposit(1), {
      replyTo: { tell: () => order.push('replyTo') },
    })
    await engine({ observers: [observer] })
      .execute(id, command.withdraw(1), { replyTo: { tell: () => order.push('replyTo') } })
      .then(() => order.push('caller'))
    expect(order).toEqual(['start', 'recover', 'end', 'start', 'end', 'replyTo', 'caller'])
  })

  test('who sent what, with all that the caller said of it', async () => {
    const { starts, engine } = open()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const said = { tenant: 'acme', commandId: 'c-1', requestId: 'r-1', traceparent }
    await engine.execute(id, command.deposit(1), { ...said, principal: { id: 'user-17', role: 'teller' } })
    const startedAt = Date.UTC(2026, 0, 1)
    const entity = { entityType: 'account', entityId: id }
    expect(starts).toEqual([{ ...entity, command: 'Deposit', ...said, principal: 'user-17', startedAt }])
  })

  test('of an answer with its revisions, its time and its cost', async () => {
    const { ends, engine, bank } = open()
    bank.store.plan('append', async (call) => {
      bank.platform.jump(40)
      return call()
    })
    await engine.execute(id, command.deposit(1))
    const cost = { requests: 2, readUnits: 0, writeUnits: 0, attempts: 1, commands: 1 }
    expect(ends).toEqual([
      {
        outcome: 'replied',
        revisionBefore: 0,
        revision: 1,
        attempts: 1,
        conflicts: 0,
        replayed: false,
        replayedCommits: 0,
        periodReads: 0,
        durationMs: 40,
        cost,
        error: undefined,
      },
    ])
  })

  test('of a refusal, written or not', async () => {
    const { ends, engine } = open()
    await engine.execute(id, command.withdraw(5))
    await engine.execute(id, command.withdraw(5), { commandId: 'w-1' })
    expect(ends.map(({ outcome, revisionBefore, revision }) => [outcome, revisionBefore, revision])).toEqual([
      ['rejected', 0, 0],
      ['rejected', 0, 1],
    ])
  })

  test('of a recorded answer, that it is one', async () => {
    const { ends, engine } = open()
    for (let n = 1; n <= 2; n++) await engine.execute(id, command.deposit(5), { commandId: 'd-1' })
    await engine.execute(id, command.withdraw(50), { commandId: 'w-1' })
    await engine.execute(id, command.withdraw(50), { commandId: 'w-1' })
    expect(ends.map(({ outcome, revision, replayed }) => [outcome, revision, replayed])).toEqual([
      ['replied', 1, false],
      ['replied', 1, true],
      ['rejected', 2, false],
      ['rejected', 2, true],
    ])
  })

  test('of the conflicts and the commits it took to decide', async () => {
    const { ends, engine, bank } = open()
    await engine.execute(id, command.deposit(1))
    const rival = bank.engine()
    bank.store.plan(
      'append',
      after(() => rival.execute(id, command.deposit(1))),
    )
    await engine.execute(id, command.deposit(1))
    expect(ends[1]).toMatchObject({
      revisionBefore: 2,
      revision: 3,
      attempts: 2,
      conflicts: 1,
      replayedCommits: 1,
    })
  })

  test.for<[string, object, ExecuteOptions, string]>([
    ['a command nobody knows', { type: 'Nope' }, {}, 'unhandled-command'],
    ['one on a revision that is not', command.deposit(1), { expectedRevision: 4 }, 'revision-mismatch'],
    ['one that comes too late', command.deposit(1), { deadline: 0 }, 'conflict-budget-exhausted'],
  ])('of the error of %s', async ([, sent, options, code]) => {
    const { ends, engine } = open()
    await expect(engine.execute(id, sent as never, options)).rejects.toMatchObject({ code })
    expect(ends).toMatchObject([{ outcome: code, revision: undefined, replayed: false, error: { code } }])
  })

  test('of a store that cannot be used, with the attempts made', async () => {
    const { ends, engine, bank } = open({ retry: { maxAttempts: 3 } })
    bank.store.plan('recover', requestLost, requestLost, requestLost)
    await expect(engine.execute(id, command.deposit(1))).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(ends).toMatchObject([{ outcome: 'store-unavailable', revisionBefore: undefined, attempts: 3 }])
  })

  test('once, of a command whose time runs out while it is written', async () => {
    const { ends, engine, bank } = open({ retry: { timeoutMs: 100, requestTimeoutMs: 10_000 } })
    bank.store.plan('append', hangs)
    await expect(engine.execute(id, command.deposit(1))).rejects.toMatchObject({ code: 'outcome-unknown' })
    await engine.idle()
    expect(ends).toHaveLength(1)
    expect(ends).toMatchObject([{ outcome: 'outcome-unknown', error: { code: 'outcome-unknown' } }])
    expect(ends[0]?.durationMs).toBeGreaterThanOrEqual(100)
  })

  test('of each command of a batch its own outcome, and of all the cost they share', async () => {
    const { starts, ends, engine } = open()
    const sent = [command.deposit(5), command.withdraw(50), { type: 'Nope' }, command.withdraw(5)]
    await Promise.allSettled(sent.map((each) => engine.execute(id, each as never)))
    expect(starts).toHaveLength(4)
    expect(ends.map(({ outcome }) => outcome)).toEqual([
      'replied',
      'rejected',
      'unhandled-command',
      'replied',
    ])
    expect(new Set(ends.map(({ cost }) => JSON.stringify(cost)))).toEqual(
      new Set([JSON.stringify({ requests: 2, readUnits: 0, writeUnits: 0, attempts: 1, commands: 4 })]),
    )
  })

  test('of a command that found no place in the queue', async () => {
    const { ends, engine } = open({ maxQueue: 1 })
    await Promise.allSettled([1, 2].map((amount) => engine.execute(id, command.deposit(amount))))
    expect(ends.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['queue-full', 0],
      ['replied', 1],
    ])
  })

  test('nothing of a command that is not well-formed', async () => {
    const { starts, engine } = open()
    await expect(engine.execute('', command.deposit(1))).rejects.toMatchObject({ code: 'invalid-id' })
    await expect(engine.execute(id, {} as never)).rejects.toMatchObject({ code: 'invalid-command' })
    expect(starts).toEqual([])
  })

  test('no cost that nobody asked for', async () => {
    const { ends, engine } = open({ costs: false })
    await engine.execute(id, command.deposit(1))
    expect(ends.map(({ cost }) => cost)).toEqual([undefined])
  })
})

describe('an observer that throws', () => {
  test.for<[string, CommandObserver]>([
    [
      'at the start',
      () => {
        throw new Error('start')
      },
    ],
    [
      'at the end',
      () => () => {
        throw new Error('end')
      },
    ],
  ])('%s affects no command and no other observer, and is a warning', async ([, broken]) => {
    const [first, last] = [recorder(), recorder()]
    const warnings: unknown[] = []
    const bank = openBank().engine({
      observers: [first.observer, broken, last.observer],
      onWarning: (message) => warnings.push(message),
    })
    expect(await bank.execute(id, command.deposit(1))).toMatchObject({ kind: 'replied', revision: 1 })
    await expect(bank.execute(id, { type: 'Nope' })).rejects.toMatchObject({ code: 'unhandled-command' })
    expect([first.ends.length, last.ends.length]).toEqual([2, 2])
    expect(warnings).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('An observer failed')))
  })

  test('may return nothing', async () => {
    const observers = [() => undefined]
    expect(await openBank().engine({ observers }).execute(id, command.deposit(1))).toMatchObject({
      revision: 1,
    })
  })
})

test('nothing of a payload is told beside the error itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[a-z0-9]{12}$/), fc.boolean(), async (random, withId) => {
      const secret = `secret-${random}`
      const { starts, ends, observer } = recorder()
      const engine = createEngine(vault, {
        journal: new KeyValueJournal(memoryStore()),
        platform: virtualPlatform(),
        observers: [observer],
        costs: true,
      })
      await Promise.allSettled(
        vaultCommands.map((type) =>
          engine.execute('v-1', { type, text: secret } as never, {
            principal: { id: 'user-17', claim: secret },
            ...(withId && { commandId: `c-${type}` }),
          }),
        ),
      )
      expect([starts.length, ends.length]).toEqual([vaultCommands.length, vaultCommands.length])
      const told = ends.map(({ error: _error, ...end }) => end)
      expect(JSON.stringify([starts, told])).not.toContain(secret)
    }),
    { numRuns: 50 },
  )
})
