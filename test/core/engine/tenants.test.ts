import fc from 'fast-check'
import {
  createEngine,
  type Engine,
  type EventJournal,
  InMemoryJournal,
  KeyValueJournal,
  memoryStore,
} from 'tailfold'
import { toJournal } from 'tailfold/store'
import { readPast } from 'tailfold/history'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { fourMethodJournal } from '../../helpers/four-method-journal.ts'

/** Two of them are the start of another, and ids look like keys: what a sloppy key would mix up. */
const tenants = [undefined, 'a', 'ab', 'a.b'] as const
const ids = ['x', '~a/account/x', 'a/account/x', '../x', 'x/y'] as const

const operation = fc.record({
  tenant: fc.constantFrom(...tenants),
  id: fc.constantFrom(...ids),
  kind: fc.constantFrom('deposit', 'withdraw', 'read', 'past', 'forget'),
  amount: fc.integer({ min: 1, max: 9 }),
  /** Few, so that tenants use the same. */
  commandId: fc.constantFrom(undefined, 'c-1', 'c-2'),
  cold: fc.boolean(),
})
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never

/** What became of an operation, without what differs between processes by chance. */
async function outcomeOf(engine: Engine, { tenant, id, kind, amount, commandId }: Operation) {
  switch (kind) {
    case 'read':
      return engine.read(id, { tenant })
    case 'past':
      return readPast(engine.reader({ tenant }), id, { revision: 1 })
    case 'forget':
      return engine.forget(id, tenant)
    default:
      // The amount goes with the id, for one with another amount is another command.
      return engine.execute(id, command[kind](commandId === undefined ? amount : 3), {
        tenant,
        commandId: commandId && `${kind}-${commandId}`,
      })
  }
}

/** Carries operations out on one journal; cold ones by a process that has just begun. */
async function run(journal: EventJournal, operations: readonly Operation[]) {
  const platform = virtualPlatform()
  const open = () => createEngine(account, { journal: toJournal(journal), platform }) as Engine
  const warm = open()
  const outcomes: unknown[] = []
  for (const each of operations) outcomes.push(await outcomeOf(each.cold ? open() : warm, each))
  return outcomes
}

describe.for<[string, () => EventJournal]>([
  ['a journal of whole commits', () => new KeyValueJournal(memoryStore())],
  ['one where states do not ride along', () => new KeyValueJournal(memoryStore(), { inlineState: false })],
  ['a journal of four methods', fourMethodJournal],
])('tenants on %s', ([, open]) => {
  test('get the same answers as if each had it for itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), async (operations) => {
        const together = await run(open(), operations)
        for (const tenant of tenants) {
          const own = operations
            .map((each, index) => ({ each, index }))
            .filter(({ each }) => each.tenant === tenant)
          const alone = await run(
            open(),
            own.map(({ each }) => each),
          )
          expect(own.map(({ index }) => together[index])).toEqual(alone)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('do not wait for each other, nor are their commands written together', async () => {
    const engine = createEngine(account, {
      journal: toJournal(open()),
      platform: virtualPlatform(),
      maxQueue: 1,
    })
    const sent = tenants.map((tenant) => engine.execute('x', command.deposit(1), { tenant }))
    expect(await Promise.all(sent)).toMatchObject(tenants.map(() => ({ revision: 1 })))
  })
})

test('are listed apart', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...tenants), fc.constantFrom(...ids))),
      async (pairs) => {
        const journal = new InMemoryJournal()
        const engine = createEngine(account, { journal, platform: virtualPlatform() })
        for (const [tenant, id] of pairs) await engine.execute(id, command.deposit(1), { tenant })
        for (const tenant of tenants) {
          const own = new Set(pairs.flatMap(([owner, id]) => (owner === tenant ? [id] : [])))
          const page = await journal.entityIds?.({ entityType: 'account', tenant, limit: 100 })
          expect(new Set(page?.entityIds)).toEqual(own)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test.for(['', 'a/b', '~a', 'a b', 'ä', 'x'.repeat(129), '\u0000'])(
  'a tenant that cannot stand in a key is a mistake of the application: %j',
  async (tenant) => {
    const engine = createEngine(account, { journal: new InMemoryJournal(), platform: virtualPlatform() })
    await expect(engine.execute('x', command.deposit(1), { tenant })).rejects.toThrow(TypeError)
    await expect(engine.read('x', { tenant })).rejects.toThrow(TypeError)
    await expect(readPast(engine.reader({ tenant }), 'x', { revision: 1 })).rejects.toThrow(TypeError)
  },
)
