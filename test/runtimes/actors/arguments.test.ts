import { type ActorRef, ActorSystem, type ActorSystemOptions, Behaviors, InMemoryJournal } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { actorBench } from '../../helpers/actors.ts'

const wrong = [null, undefined, 1, Number.NaN, '', true, {}, [], new Date(0), new Map(), () => {}]

describe('a wrong argument is a TypeError that names it', () => {
  test.for(wrong)('behavior of %o', async (behavior) => {
    await using system = new ActorSystem({ name: 'bank' })
    const message = 'behavior must be what Behaviors.eventSourced returns.'
    expect(() => system.spawn(behavior as never, 'a')).toThrow(new TypeError(message))
    expect(() => system.getOrSpawn(behavior as never, 'a')).toThrow(new TypeError(message))
    expect(system.size).toBe(0)
  })

  test('a journal that is none', async () => {
    await using system = new ActorSystem({ name: 'bank' })
    const behavior = { kind: 'eventSourced', definition: account, entityId: 'a', journal: null } as never
    expect(() => system.spawn(behavior, 'a')).toThrow(
      new TypeError('journal of behavior must be an event journal.'),
    )
  })

  test.for(wrong)('name of %o', async (name) => {
    await using system = new ActorSystem({ name: 'bank' })
    const behavior = Behaviors.eventSourced({ ...account, entityId: 'a', journal: new InMemoryJournal() })
    const error = new TypeError('name must be a text of at least one character.')
    expect(() => system.spawn(behavior, name as never)).toThrow(error)
    expect(() => system.getOrSpawn(behavior, name as never)).toThrow(error)
    expect(() => system.lookup(name as never)).toThrow(error)
    expect(() => new ActorSystem({ name } as never)).toThrow(error)
  })

  test.for(wrong)('ref of %o', async (ref) => {
    await using system = new ActorSystem({ name: 'bank' })
    const error = (method: string) =>
      new TypeError(`ref of ${method} must be a reference with a function tell.`)
    expect(() => system.tell(ref as never, { type: 'X' })).toThrow(error('tell'))
    await expect(system.ask(ref as never as ActorRef<{ type: 'X' }>, { type: 'X' }, 1)).rejects.toThrow(
      error('ask'),
    )
    await expect(system.stop(ref as never)).rejects.toThrow(error('stop'))
  })

  test('ref of another system', async () => {
    const { system, ticker } = actorBench()
    await using one = system()
    await using two = system()
    const ref = one.spawn(ticker(), 't')
    await expect(two.ask(ref, { type: 'Seen' }, 1)).rejects.toThrow(
      new TypeError('ref of ask must be a reference that this system spawned.'),
    )
  })

  test.for([
    ['The options of ActorSystem', undefined],
    ['The options of ActorSystem', null],
    ['The options of ActorSystem', 'bank'],
    ['supervision', { supervision: 1 }],
    ['supervision', { supervision: null }],
    ['supervision.maxRestarts', { supervision: { maxRestarts: -1 } }],
    ['supervision.maxRestarts', { supervision: { maxRestarts: 1.5 } }],
    ['supervision.maxRestarts', { supervision: { maxRestarts: '3' } }],
    ['supervision.withinMs', { supervision: { withinMs: -1 } }],
    ['supervision.backoffMs', { supervision: { backoffMs: Number.NaN } }],
    ['supervision.maxBackoffMs', { supervision: { maxBackoffMs: '1' } }],
    ['supervision.onFailure', { supervision: { onFailure: 'log' } }],
    ['passivateAfterMs', { passivateAfterMs: 0 }],
    ['passivateAfterMs', { passivateAfterMs: -1 }],
    ['passivateAfterMs', { passivateAfterMs: Number.NaN }],
    ['passivateAfterMs', { passivateAfterMs: '1000' }],
    ['platform', { platform: {} }],
    ['platform', { platform: null }],
  ] as const)('%s: %o', ([name, options]) => {
    const given = typeof options === 'object' && options !== null ? { name: 'bank', ...options } : options
    expect(() => new ActorSystem(given as unknown as ActorSystemOptions)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringMatching(new RegExp(`^${name} (must|is missing)`)),
      }),
    )
  })
})
