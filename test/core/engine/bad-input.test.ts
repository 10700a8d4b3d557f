import { createEngine, InMemoryJournal, KeyValueJournal, memoryStore } from 'tailfold'
import { expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import {
  bad,
  type BadName,
  type Call,
  cases,
  expectRefusal,
  objects,
  optional,
  outcomeOf,
} from '../../helpers/bad-values.ts'
import { command } from '../../helpers/bank.ts'

const key = { entityType: 'account', entityId: 'a' }
const event = { sequenceNr: 1, event: { type: 'Deposited', amount: 1 }, timestamp: 1 }

const sent: Call[] = [
  ['execute: entityId', (value) => open().execute(value, command.deposit(1)), /entity id/],
  ['execute: command', (value) => open().execute('a', value), /command/],
  [
    'execute: options',
    (value) => open().execute('a', command.deposit(1), value),
    /options of execute/,
    [...objects, ...optional],
  ],
  ...(
    [
      'commandId',
      'expectedRevision',
      'deadline',
      'tenant',
      'principal',
      'dedupe',
      'expect',
      'replyTo',
      'traceparent',
      'scope',
    ] as const
  ).map(
    (name): Call => [
      `execute: ${name}`,
      (value) => open().execute('a', command.deposit(1), { [name]: value }),
      {
        commandId: /command id/,
        expectedRevision: /expected revision/,
        deadline: /deadline/,
        tenant: /tenant/i,
        principal: /principal/,
        dedupe: /dedupe/,
        expect: /expect/,
        replyTo: /replyTo/,
        traceparent: /traceparent/,
        scope: /scope/,
      }[name],
      [
        ...optional,
        ...(name === 'deadline' ? (['Infinity', 'minus one', 'a fraction'] as const) : []),
        ...(name === 'traceparent' ? (['an empty text', 'half a surrogate pair'] as const) : []),
      ],
    ],
  ),
  [
    'execute: principal.id',
    (value) => open().execute('a', command.deposit(1), { principal: { id: value } }),
    /principal.id/,
  ],
  [
    'execute: a claim',
    (value) => open().execute('a', command.deposit(1), { principal: { id: 'a', claim: value } }),
    /principal/,
    (Object.keys(bad) as BadName[]).filter((name) => name !== 'a cycle'),
  ],
  [
    'execute: a field under an id',
    (value) => open().execute('a', { type: 'Look', value } as never, { commandId: 'c' }),
    /command/,
    [
      ...optional,
      'null',
      'true',
      'minus one',
      'a fraction',
      'an empty text',
      'a huge text',
      'half a surrogate pair',
      'an array',
      'an object',
      'an object without a prototype',
      'an object of another realm',
    ],
  ],
  [
    'execute: a field',
    (value) => open().execute('a', { type: 'Look', value } as never),
    /command/,
    (Object.keys(bad) as BadName[]).filter((name) => name !== 'a cycle'),
  ],
  [
    'execute: replyTo of the command',
    (value) => open().execute('a', { ...command.deposit(1), replyTo: value } as never),
    /replyTo/,
    optional,
  ],
  ['read: entityId', (value) => open().read(value), /entity id/],
  [
    'read: options',
    (value) => open().read('a', value),
    /read needs an object of options/,
    [...objects, ...optional],
  ],
  [
    'read: deadline',
    (value) => open().read('a', { deadline: value }),
    /deadline/,
    ['Infinity', 'minus one', 'a fraction', ...optional],
  ],
  ['read: tenant', (value) => open().read('a', { tenant: value }), /tenant/i, optional],
  [
    'reader: options',
    (value) => open().reader(value),
    /read needs an object of options/,
    [...objects, ...optional],
  ],
  ['forget: entityId', (value) => open().forget(value), /entity id/],
  ['forget: tenant', (value) => open().forget('a', value), /tenant/i, optional],
  ['persist: entity', (value) => journal().persist(value, [event]), /entity|Entity type/i],
  ['persist: events', (value) => journal().persist(key, value), /events?/],
  ['persist: an event', (value) => journal().persist(key, [value]), /event|sequence number/i],
  ['load: entity', (value) => Array.fromAsync(journal().load(value)), /entity|Entity type/i],
  [
    'load: fromSequenceNr',
    (value) => Array.fromAsync(journal().load(key, value)),
    /sequence number/,
    optional,
  ],
  [
    'saveSnapshot: entity',
    (value) => journal().saveSnapshot(value, { sequenceNr: 1, state: {}, timestamp: 1 }),
    /entity|Entity type/i,
  ],
  [
    'saveSnapshot: snapshot',
    (value) => journal().saveSnapshot(key, value),
    /snapshot|timestamp|sequence number/,
  ],
  ['loadSnapshot: entity', (value) => journal().loadSnapshot(value), /entity|Entity type/i],
]

let requests = 0
function open() {
  const store = memoryStore()
  const append: typeof store.append = (...args) => {
    requests += 1
    return store.append(...args)
  }
  return createEngine(account, {
    journal: new KeyValueJournal({ ...store, append }),
    platform: virtualPlatform(),
  })
}

function journal() {
  return new InMemoryJournal()
}

test.each(cases(sent))(
  'a bad argument is refused by a typed error that names it, and nothing is written: $name: $value',
  async (each) => {
    requests = 0
    await expect(expectRefusal(each)).resolves.toBeUndefined()
    expect(requests).toBe(0)
  },
)

test.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, '5', null])(
  'a clock that tells %s is named',
  async (time) => {
    const platform = { ...virtualPlatform(), now: () => time as never }
    const engine = createEngine(account, { journal: new InMemoryJournal(), platform })
    for (const call of [() => engine.execute('a', command.deposit(1)), () => engine.read('a')]) {
      const { error } = await outcomeOf(call)
      expect(error).toMatchObject({
        name: 'TypeError',
        message: expect.stringContaining('platform.now()') as string,
      })
    }
  },
)

test('a handler that returns something other than a Behavior is handler-failed', async () => {
  for (const returned of [null, 5, 'persisted', {}, [], { kind: 'nothing' }]) {
    const odd = { ...account, onCommand: () => returned as never }
    const engine = createEngine(odd, { journal: new InMemoryJournal(), platform: virtualPlatform() })
    const { error } = await outcomeOf(() => engine.execute('a', command.deposit(1)))
    expect(error).toMatchObject({ code: 'handler-failed', data: { handler: 'onCommand' } })
  }
})
