import { createEngine, type EntityKey, type EventJournal, KeyValueJournal, memoryStore } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { toJournal } from '../../../src/core/journal/to-journal.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { flat } from '../../helpers/commits.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

const key: EntityKey = { entityType: 'account', entityId: 'acc-001' }
const traceOf = (span: number) => `00-0af7651916cd43dd8448eb211c80319c-${String(span).padStart(16, 'b')}-01`
const [alice, bob] = [{ id: 'alice', role: 'teller' }, { id: 'bob' }]

function open(journal: EventJournal) {
  const engine = createEngine(account, { journal: toJournal(journal), platform: virtualPlatform() })
  const causes = async () => {
    const log = toJournal(journal)
    return (await flat(log.commits(key, { fromRevision: 1 }))).map((commit) => commit.causes)
  }
  return { execute: engine.execute.bind(engine, key.entityId), causes }
}

describe.for<[string, () => EventJournal]>([
  ['a journal of whole commits', () => new KeyValueJournal(memoryStore())],
  ['a journal of four methods', fourMethodJournal],
])('in %s', ([, openJournal]) => {
  test('a commit says who sent its command, and in which trace', async () => {
    const { execute, causes } = open(openJournal())
    await execute(command.deposit(5), { principal: alice, traceparent: traceOf(1) })
    await execute(command.deposit(5), { principal: bob })
    await execute(command.deposit(5), { traceparent: traceOf(2) })
    expect(await causes()).toEqual([
      [{ firstEvent: 0, eventCount: 1, principal: 'alice', traceparent: traceOf(1) }],
      [{ firstEvent: 0, eventCount: 1, principal: 'bob' }],
      [{ firstEvent: 0, eventCount: 1, traceparent: traceOf(2) }],
    ])
  })

  test('one of which nothing is known says nothing', async () => {
    const { execute, causes } = open(openJournal())
    await execute(command.deposit(5), { commandId: 'd-1', requestId: 'r-1', tenant: undefined })
    expect(await causes()).toEqual([undefined])
  })

  test('one of several commands says it of each, and skips those of which nothing is known', async () => {
    const { execute, causes } = open(openJournal())
    await Promise.allSettled([
      execute(command.deposit(5), { principal: alice }),
      execute(command.deposit(5)),
      execute(command.withdraw(500), { principal: bob }),
      execute({ type: 'Nope' } as never, { principal: bob }),
      execute(command.getBalance, { principal: bob }),
      execute(command.withdraw(1), { principal: bob, traceparent: traceOf(3) }),
    ])
    expect(await causes()).toEqual([
      [
        { firstEvent: 0, eventCount: 1, principal: 'alice' },
        { firstEvent: 2, eventCount: 1, principal: 'bob', traceparent: traceOf(3) },
      ],
    ])
  })
})

test('a recorded refusal says who was refused', async () => {
  const { execute, causes } = open(new KeyValueJournal(memoryStore()))
  await execute(command.withdraw(5), { principal: alice, commandId: 'w-1', traceparent: traceOf(1) })
  await Promise.all([
    execute(command.deposit(5), { principal: bob }),
    execute(command.withdraw(50), { principal: alice, commandId: 'w-2' }),
  ])
  expect(await causes()).toEqual([
    [{ firstEvent: 0, eventCount: 0, principal: 'alice', traceparent: traceOf(1) }],
    [
      { firstEvent: 0, eventCount: 1, principal: 'bob' },
      { firstEvent: 1, eventCount: 0, principal: 'alice' },
    ],
  ])
})

describe('a command id', () => {
  test('belongs to its principal: the same id of another is another command', async () => {
    for (const journal of [new KeyValueJournal(memoryStore()), fourMethodJournal()]) {
      const { execute, causes } = open(journal)
      await execute(command.deposit(50), { principal: alice })
      const withdrawal = [command.withdraw(5), { commandId: 'w-1', principal: alice }] as const
      expect(await execute(...withdrawal)).toMatchObject({ reply: 'ok', replayed: false })
      for (const [index, principal] of [bob, undefined, { id: 'alic' }].entries()) {
        const same = [command.withdraw(5), { commandId: 'w-1', principal }] as const
        expect(await execute(...same)).toMatchObject({ replayed: false, revision: 3 + index })
        expect(await execute(...same)).toMatchObject({ replayed: true, revision: 3 + index })
      }
      expect(await execute(...withdrawal)).toMatchObject({ reply: 'ok', replayed: true, revision: 2 })
      expect(await causes()).toHaveLength(5)
    }
  })

  test('is so in one batch too', async () => {
    const { execute, causes } = open(new KeyValueJournal(memoryStore()))
    const [ours, theirs] = await Promise.allSettled([
      execute(command.deposit(5), { commandId: 'd-1', principal: alice }),
      execute(command.deposit(5), { commandId: 'd-1', principal: bob }),
    ])
    expect(ours).toMatchObject({ status: 'fulfilled', value: { revision: 1, replayed: false } })
    expect(theirs).toMatchObject({ status: 'fulfilled', value: { revision: 1, replayed: false } })
    expect(await causes()).toEqual([
      [
        { firstEvent: 0, eventCount: 1, principal: 'alice' },
        { firstEvent: 1, eventCount: 1, principal: 'bob' },
      ],
    ])
  })

  test('is recognised whatever else is claimed of its principal the second time', async () => {
    const { execute } = open(new KeyValueJournal(memoryStore()))
    await execute(command.deposit(5), { commandId: 'd-1', principal: { id: 'alice', token: 'one' } })
    expect(
      await execute(command.deposit(5), { commandId: 'd-1', principal: { id: 'alice', token: 'two' } }),
    ).toMatchObject({ replayed: true })
  })

  test('of another tenant is another’s: the same one is carried out there', async () => {
    const journal = new KeyValueJournal(memoryStore())
    const { execute } = open(journal)
    for (const tenant of [undefined, 'acme', 'globex']) {
      const options = { commandId: 'd-1', principal: alice, tenant }
      expect(await execute(command.deposit(5), options)).toMatchObject({ revision: 1, replayed: false })
      expect(await execute(command.deposit(5), options)).toMatchObject({ revision: 1, replayed: true })
    }
  })
})
