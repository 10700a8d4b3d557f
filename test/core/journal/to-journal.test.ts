import {
  Behaviors,
  createEngine,
  entity,
  type EventJournal,
  type PersistedEvent,
  snapshotEvery,
} from 'tailfold'
import { toJournal } from 'tailfold/store'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

type Stored = Pick<PersistedEvent, 'sequenceNr' | 'timestamp' | 'metadata'>

const id = 'acc-001'
const key = { entityType: 'account', entityId: id }

function openPlainBank(journal: EventJournal = fourMethodJournal()) {
  const platform = virtualPlatform()
  const definition = { ...account, snapshotPolicy: snapshotEvery({ nEvents: 5 }) }
  return { journal, engine: () => createEngine(definition, { journal: toJournal(journal), platform }) }
}

describe('a journal with just the four methods', () => {
  test('is refused by createEngine with the way to adapt it', () => {
    const journal = fourMethodJournal() as never
    expect(() => createEngine(account, { journal, platform: virtualPlatform() })).toThrow(
      new TypeError(
        'journal must be a Journal: pass one such as new InMemoryJournal(), sqliteJournal(...) or dynamoDbJournal(...), or toJournal(journal) of an object with the four methods of EventJournal.',
      ),
    )
  })

  test('runs the whole loop: commands, recovery from snapshot and tail, queries', async () => {
    const { engine, journal } = openPlainBank()
    for (let n = 1; n <= 12; n++) await engine().execute(id, command.deposit(n))
    expect((await engine().read(id)).state).toEqual({ balance: 78, txCount: 12 })
    expect(await journal.loadSnapshot(key)).toMatchObject({
      sequenceNr: 10,
      state: { balance: 55, txCount: 10 },
    })
  })

  test('writers that race all succeed, each once', async () => {
    const { engine } = openPlainBank()
    const writers = [engine(), engine(), engine()]
    await Promise.all(
      writers.flatMap((writer) => Array.from({ length: 10 }, () => writer.execute(id, command.deposit(1)))),
    )
    expect((await engine().read(id)).state).toEqual({ balance: 30, txCount: 30 })
  })

  test('a command id is carried out once, also after the snapshot has passed it', async () => {
    const { engine } = openPlainBank()
    await engine().execute(id, command.deposit(5), { commandId: 'c1' })
    for (let n = 0; n < 10; n++) await engine().execute(id, command.deposit(1))
    expect(await engine().execute(id, command.deposit(5), { commandId: 'c1' })).toMatchObject({
      replayed: true,
      revision: 1,
    })
  })

  test('keeps tenants apart without knowing of them', async () => {
    const { engine, journal } = openPlainBank()
    await engine().execute(id, command.deposit(1))
    await engine().execute(id, command.deposit(2), { tenant: 'acme' })
    await engine().execute(id, command.deposit(4), { tenant: 'globex' })
    const balances = [undefined, 'acme', 'globex'].map(
      async (tenant) => (await engine().read(id, { tenant })).state,
    )
    expect(await Promise.all(balances)).toMatchObject([{ balance: 1 }, { balance: 2 }, { balance: 4 }])
    const events = await Array.fromAsync(journal.load({ entityType: '~acme/account', entityId: id }))
    expect(events.map(({ event }) => event)).toEqual([{ type: 'Deposited', amount: 2 }])
  })

  test('a refusal cannot be recorded and is decided anew', async () => {
    const { engine } = openPlainBank()
    expect(await engine().execute(id, command.withdraw(5), { commandId: 'w1' })).toMatchObject({
      kind: 'rejected',
      revision: 0,
    })
    await engine().execute(id, command.deposit(5))
    expect(await engine().execute(id, command.withdraw(5), { commandId: 'w1' })).toMatchObject({
      kind: 'replied',
    })
  })

  test('a write whose reply is lost is recognised as its own', async () => {
    const journal = fourMethodJournal()
    let lose = true
    const losing: EventJournal = {
      ...journal,
      async persist(entity, events) {
        const result = await journal.persist(entity, events)
        if (lose) {
          lose = false
          throw new Error('socket hang up')
        }
        return result
      },
    }
    const { engine } = openPlainBank(losing)
    expect(await engine().execute(id, command.deposit(5))).toMatchObject({ kind: 'replied', revision: 1 })
    expect((await engine().read(id)).state).toEqual({ balance: 5, txCount: 1 })
  })

  test('events some other program wrote count as one commit each', async () => {
    const { engine, journal } = openPlainBank()
    await journal.persist(key, [
      { sequenceNr: 1, event: { type: 'Deposited', amount: 3 }, timestamp: 0 },
      { sequenceNr: 2, event: { type: 'Deposited', amount: 4 }, timestamp: 0 },
    ])
    expect(await engine().execute(id, command.deposit(1))).toMatchObject({ revision: 3 })
    expect((await engine().read(id)).state).toEqual({ balance: 8, txCount: 3 })
  })

  test('a snapshot without metadata is not used: how many commits it stands for is not known', async () => {
    const inner = fourMethodJournal()
    const forgetful: EventJournal = {
      ...inner,
      async saveSnapshot(entity, snapshot) {
        const { metadata: _, ...rest } = snapshot
        await inner.saveSnapshot(entity, rest)
      },
    }
    const sum = entity({
      entityType: 'sum',
      initialState: { n: 0 },
      snapshotPolicy: () => true,
      onEvent: ({ n }, { by }: { type: 'Added'; by: number }) => ({ n: n + by }),
      onCommand(_ctx, _state, { by }: { type: 'AddTwice'; by: number }) {
        const added = { type: 'Added' as const, by }
        return Behaviors.persisted({ events: [added, added], reply: ({ n }) => n })
      },
    })
    const warnings: string[] = []
    for (const revision of [1, 2, 3, 4]) {
      const onWarning = (message: string) => void warnings.push(message)
      const journal = toJournal(forgetful)
      const cold = createEngine(sum, { journal, platform: virtualPlatform(), onWarning })
      const outcome = await cold.execute('s', { type: 'AddTwice', by: 1 })
      expect(outcome).toMatchObject({ revision, reply: 2 * revision })
    }
    expect(warnings.at(-1)).toContain('has no metadata of Tailfold')
  })

  test.each<[string, string, (stored: Stored) => object]>([
    ['sequenceNr', 'string', ({ sequenceNr }) => ({ sequenceNr: String(sequenceNr) })],
    ['timestamp', 'string', ({ timestamp }) => ({ timestamp: String(timestamp) })],
    ['timestamp', 'object', ({ timestamp }) => ({ timestamp: new Date(timestamp) })],
    ['metadata', 'string', ({ metadata }) => ({ metadata: JSON.stringify(metadata) })],
  ])(
    '%s that comes back as %s is refused: command ids would be lost in silence',
    async (field, type, changed) => {
      const inner = fourMethodJournal()
      await openPlainBank(inner).engine().execute(id, command.deposit(1), { commandId: 'c1' })
      const snapshot = { sequenceNr: 1, state: {}, timestamp: 0, metadata: {} }
      const journals: EventJournal[] = [
        {
          ...inner,
          async *load(...args) {
            for await (const event of inner.load(...args)) yield { ...event, ...changed(event) }
          },
        },
        { ...inner, loadSnapshot: async () => ({ ...snapshot, ...changed(snapshot) }) },
      ]
      for (const journal of journals) {
        const again = openPlainBank(journal).engine().execute(id, command.deposit(1), { commandId: 'c1' })
        await expect(again).rejects.toMatchObject({
          code: 'store-unavailable',
          retryable: false,
          message: `The store could not read events: ${field} of account/${id} came back as ${type}, not as it was stored.`,
        })
      }
    },
  )

  test('null for no snapshot, as drivers return it, is none', async () => {
    const journal = { ...fourMethodJournal(), loadSnapshot: async () => null as unknown as undefined }
    expect(await openPlainBank(journal).engine().read(id)).toMatchObject({ revision: 0 })
  })

  test.each([
    ['a gap', [1, 3]],
    ['a duplicate', [1, 1]],
  ])('%s in what it loads is journal-corrupt', async (_, sequenceNrs) => {
    const journal: EventJournal = {
      ...fourMethodJournal(),
      async *load() {
        for (const sequenceNr of sequenceNrs)
          yield { sequenceNr, event: { type: 'Deposited', amount: 1 }, timestamp: 0 }
      },
    }
    await expect(openPlainBank(journal).engine().read(id)).rejects.toMatchObject({ code: 'journal-corrupt' })
  })
})
