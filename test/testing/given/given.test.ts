import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ActorRef, type Behavior, Behaviors, type CommandContext, entity } from 'tailfold'
import { given } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { type AccountEvent, account } from '../../../functions/bank/account.ts'
import { rejectionOf } from '../../helpers/thrown.ts'
import { z } from 'zod'

const past: readonly AccountEvent[] = [{ type: 'Deposited', amount: 100 }]
const withdraw = (amount: number) => given(account, past).when({ type: 'Withdraw', amount })
const withdrawn: AccountEvent = { type: 'Withdrawn', amount: 70 }
const after = { balance: 30, txCount: 2 }

type Seen = Pick<CommandContext, 'now' | 'entityId' | 'commandId' | 'revision' | 'principal' | 'tenant'>
type State = { seen: number; note?: string | undefined }
type Event = { type: 'Seen'; note?: string | undefined }
type Command =
  | { type: 'Look'; replyTo: ActorRef<Seen> }
  | { type: 'Wait' }
  | { type: 'Throw' }
  | { type: 'Refuse' }

/** Tells what it finds in `ctx`, and otherwise misbehaves as it is told to. */
const mirror = entity({
  entityType: 'mirror',
  initialState: { seen: 0 },
  onEvent(state: State, event: Event): State {
    if (event.type !== 'Seen') return undefined as never
    return { seen: state.seen + 1, note: event.note }
  },
  async onCommand(ctx: CommandContext, _state: State, command: Command): Promise<Behavior<Event, State>> {
    switch (command.type) {
      case 'Look': {
        const { attempt: _, entityType: __, ...seen } = ctx
        command.replyTo.tell(seen)
        return Behaviors.persisted({ events: [{ type: 'Seen', note: undefined }] })
      }
      case 'Wait':
        await new Promise((resolve) => setTimeout(resolve, 20))
        return Behaviors.persisted({ events: [{ type: 'Seen' }] })
      case 'Throw':
        throw new RangeError('out of order')
      case 'Refuse':
        return Behaviors.rejected('not today')
    }
  },
})

describe('then', () => {
  test('holds when events, reply and state are as expected', async () => {
    await expect(
      withdraw(70).then({ events: [withdrawn], reply: 'ok', state: after }),
    ).resolves.toBeUndefined()
  })

  test.for([
    { part: 'events', expectation: { events: [] }, found: { events: [withdrawn] } },
    { part: 'reply', expectation: { reply: 'no' }, found: { reply: 'ok' } },
    { part: 'state', expectation: { state: { ...after, txCount: 1 } }, found: { state: after } },
  ])('fails on other $part, and shows both sides', async ({ part, expectation, found }) => {
    const error = await rejectionOf(withdraw(70).then(expectation as never))
    expect(error).toMatchObject({ name: 'AssertionError', actual: found, expected: expectation })
    expect((error as Error).message).toMatch(`Withdraw came to other ${part} than expected.\n`)
  })

  test('compares what is named, and names all that differs', async () => {
    await withdraw(70).then({ reply: 'ok' })
    const error = (await rejectionOf(withdraw(70).then({ events: [], state: after, reply: 'no' }))) as Error
    expect(error.message).toBe(`Withdraw came to other events and reply than expected.
+ actual - expected

  {
+   events: [
+     {
+       amount: 70,
+       type: 'Withdrawn'
+     }
+   ],
+   reply: 'ok',
-   events: [],
-   reply: 'no',
    state: {
      balance: 30,
      txCount: 2
    }
  }`)
  })

  test('tells a reply from none', async () => {
    const deposit = given(account).when({ type: 'Deposit', amount: 1 })
    await deposit.then({ reply: undefined })
    await expect(withdraw(70).then({ reply: undefined as never })).rejects.toThrow('other reply')
  })

  test('takes a property that is undefined for one that is missing, as JSON does', async () => {
    await given(mirror)
      .when({ type: 'Look' })
      .then({ events: [{ type: 'Seen' }], state: { seen: 1, note: undefined } })
  })

  test('fails on a command that was refused or is not known, and says so', async () => {
    await expect(withdraw(101).then({ reply: 'ok' })).rejects.toMatchObject({
      message: expect.stringMatching(/^Withdraw was rejected: insufficient funds\.\n/) as string,
      actual: { rejected: 'insufficient funds', details: { balance: 100 } },
    })
    const close = given(account).when({ type: 'Close' } as never)
    await expect(close.then({ events: [] })).rejects.toMatchObject({
      message: expect.stringMatching(/^Close is not known to the entity\.\n/) as string,
    })
  })

  test.for([{}, undefined, null, 'ok', { event: [] }, { events: [], answer: 'ok' }])(
    'does not take %o for an expectation',
    async (expectation) => {
      await expect(rejectionOf(withdraw(70).then(expectation as never))).resolves.toBeInstanceOf(TypeError)
    },
  )
})

describe('thenRejected', () => {
  test('compares the reason, and the details when they are given', async () => {
    await withdraw(101).thenRejected('insufficient funds')
    await withdraw(101).thenRejected('insufficient funds', { balance: 100 })
    await given(mirror).when({ type: 'Refuse' }).thenRejected('not today', undefined)
    await expect(withdraw(101).thenRejected('no')).rejects.toMatchObject({
      actual: { rejected: 'insufficient funds' },
      expected: { rejected: 'no' },
    })
    await expect(withdraw(101).thenRejected('insufficient funds', undefined)).rejects.toThrow(
      'Withdraw was rejected otherwise than expected.',
    )
  })

  test('fails on a command that is carried out', async () => {
    await expect(withdraw(70).thenRejected('insufficient funds')).rejects.toMatchObject({
      message: expect.stringMatching(/^Withdraw was carried out\.\n/) as string,
      actual: { events: [withdrawn], reply: 'ok', state: after },
    })
  })

  test('holds for a command with an id, whose refusal is recorded', async () => {
    const keyed = given(mirror, [], { commandId: 'r-1' }).when({ type: 'Refuse' })
    await keyed.thenRejected('not today')
    expect(await keyed.result()).toMatchObject({ kind: 'rejected', events: [] })
  })
})

test('thenUnhandled fails on a command that is known', async () => {
  await given(account)
    .when({ type: 'Close' } as never)
    .thenUnhandled()
  await expect(withdraw(70).thenUnhandled()).rejects.toMatchObject({
    name: 'AssertionError',
    expected: { unhandled: true },
  })
})

describe('a command', () => {
  test('is carried out once, however often it is looked at', async () => {
    let runs = 0
    const counted = {
      ...account,
      onCommand: (...args: Parameters<typeof account.onCommand>) => {
        runs += 1
        return account.onCommand(...args)
      },
    }
    const when = given(counted, past).when({ type: 'Withdraw', amount: 70 })
    expect(runs).toBe(0)
    await Promise.all([when.then({ reply: 'ok' }), when.then({ state: after }), when.result()])
    expect(runs).toBe(1)
  })

  test('gives its result to be looked at by other means', async () => {
    const { kind, events } = await withdraw(70).result()
    expect([kind, events]).toEqual(['replied', [withdrawn]])
    expect(await withdraw(101).result()).toEqual({
      kind: 'rejected',
      reason: 'insufficient funds',
      details: { balance: 100 },
      events: [],
      state: { balance: 100, txCount: 1 },
    })
    const close = given(account).when({ type: 'Close' } as never)
    expect(await close.result()).toEqual({
      kind: 'unhandled',
      events: [],
      state: { balance: 0, txCount: 0 },
    })
  })

  test('gives its result to await and Promise.resolve too, which call its then with functions', async () => {
    const result = { kind: 'replied', reply: 'ok', events: [withdrawn], state: after }
    const asPromise = () => withdraw(70) as unknown as PromiseLike<unknown>
    expect(await asPromise()).toEqual(result)
    expect(await Promise.resolve(asPromise())).toEqual(result)
    expect(await (async () => asPromise())()).toEqual(result)
    const broken = given(mirror).when({ type: 'Throw' }) as unknown as PromiseLike<unknown>
    await expect(broken).rejects.toMatchObject({ code: 'handler-failed' })
  })

  test('meets a past of thousands of events', async () => {
    const deposits = Array.from({ length: 2_000 }, (): AccountEvent => ({ type: 'Deposited', amount: 1 }))
    await given(account, deposits)
      .when({ type: 'Withdraw', amount: 1_500 })
      .then({ state: { balance: 500, txCount: 2_001 } })
  })

  test('meets the same past each time', async () => {
    const funded = given(account, past)
    const run = () => funded.when({ type: 'Withdraw', amount: 70 }).result()
    expect(await run()).toEqual(await run())
  })

  test('meets the circumstances it is given, and a revision for each event of the past', async () => {
    const seen = { type: 'Seen' } as const
    const options = {
      now: Date.UTC(2030, 5, 1),
      entityId: 'm-7',
      commandId: 'look-1',
      principal: { id: 'user-17', admin: true },
      tenant: 'acme',
    }
    await given(mirror, [seen, seen], options)
      .when({ type: 'Look' })
      .then({ reply: { ...options, revision: 2 }, state: { seen: 3 } })
    await given(mirror)
      .when({ type: 'Look' })
      .then({ reply: { now: Date.UTC(2026, 0, 1), entityId: 'one', commandId: undefined, revision: 0 } })
  })

  test('may wait for real time while the clock stands still', async () => {
    await given(mirror)
      .when({ type: 'Wait' })
      .then({ events: [{ type: 'Seen' }] })
  })

  test('that fails rejects with the error of the engine, whatever was expected', async () => {
    const broken = given(mirror).when({ type: 'Throw' })
    const failure = { code: 'handler-failed', cause: expect.any(RangeError) as RangeError }
    await expect(broken.then({ events: [] })).rejects.toMatchObject(failure)
    await expect(broken.thenRejected('not today')).rejects.toMatchObject(failure)
    await expect(broken.result()).rejects.toMatchObject(failure)
  })

  test('that meets a past which the entity cannot fold fails', async () => {
    const odd = given(mirror, [{ type: 'Heard' } as never]).when({ type: 'Look' })
    await expect(odd.then({ events: [] })).rejects.toMatchObject({ code: 'unknown-event' })
  })
})

test('a fold that cannot be repeated fails, whatever was expected', async () => {
  let folds = 0
  const impure = { ...account, onEvent: () => ({ balance: ++folds, txCount: 0 }) }
  const deposit = given(impure, past).when({ type: 'Deposit', amount: 1 })
  const failure = {
    name: 'AssertionError',
    message: expect.stringMatching(/^onEvent of account\/one is not pure: .*\n[^]*balance: /) as string,
  }
  await expect(deposit.then({ reply: undefined })).rejects.toMatchObject(failure)
  await expect(deposit.result()).rejects.toMatchObject(failure)
})

test('a command, an event or a reply that does not fit its schema fails with what the schema found', async () => {
  const basket = entity({
    entityType: 'basket',
    initialState: { count: 0 },
    commands: { Add: z.object({ count: z.number().max(9) }) },
    events: { Added: z.object({ count: z.number().max(5) }) },
    onEvent: (state, event) => ({ count: state.count + event.count }),
    onCommand: (_ctx, _state, { count }) => Behaviors.persisted({ events: [{ type: 'Added', count }] }),
  })
  const add = (count: number) => given(basket).when({ type: 'Add', count }).then({ reply: undefined })
  await expect(add(10)).rejects.toMatchObject({
    code: 'invalid-command',
    message: expect.stringContaining('/count: Too big: expected number to be <=9') as string,
  })
  await expect(add(6)).rejects.toMatchObject({
    code: 'handler-failed',
    message: expect.stringContaining('/count: Too big: expected number to be <=5') as string,
  })
})

test('the past is what it was when it was given', async () => {
  const events = [...past]
  const funded = given(account, events)
  events.push({ type: 'Deposited', amount: 1 })
  const { state } = await funded.when({ type: 'Withdraw', amount: 100 }).result()
  expect(state).toEqual({ balance: 0, txCount: 2 })
})

test('what is no past, no option and no command is a TypeError that says so', async () => {
  expect(() => given(account, past[0] as never)).toThrow(
    new TypeError('given takes a list of events after the entity, not an object: given(account, [opened]).'),
  )
  expect(() => given(account, past, { nwo: 5 } as never)).toThrow(/^given has no option "nwo"/)
  expect(() => given(account, past, { now: new Date(0) } as never)).toThrow(
    'now must be milliseconds since the Unix epoch, not an object.',
  )
  for (const command of [undefined, null, 'Deposit'])
    expect(() => given(account).when(command as never)).toThrow(
      /^when takes a command with its name in type, not /,
    )
})

test('the runner of Node.js takes it, and shows the difference', { timeout: 60_000 }, async () => {
  const program = fileURLToPath(new URL('node-runner.ts', import.meta.url))
  const flags = ['--conditions=tailfold-source', '--test-reporter=tap']
  // Without the mark of a test run, which would make its tests children of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const ran = await promisify(execFile)(process.execPath, [...flags, program], { env }).catch(
    (error: { stdout: string }) => error,
  )
  expect(ran.stdout).toMatch(/^ok 1 - holds$/m)
  expect(ran.stdout).toMatch(/^not ok 2 - fails$/m)
  expect(ran.stdout).toMatch(
    /Withdraw came to other reply than expected\.[^]*\+ {3}reply: 'ok'\s+- {3}reply: 'no'/,
  )
  expect(ran.stdout).toMatch(/^# pass 1$/m)
})

test('what is neither an entity nor a projection nor a view is a TypeError that shows the right call', () => {
  expect(() => given('bank' as never)).toThrow(
    new TypeError(
      'given takes an entity, a projection or a view first, not "bank": given(account, [opened]).',
    ),
  )
})

test('an option that is unknown is a TypeError that names those there are', () => {
  expect(() => given(account, [], { comandId: 'c1' } as never)).toThrow(
    new TypeError(
      'given has no option "comandId"; its options are now, entityId, commandId, principal, tenant, metadata.',
    ),
  )
})
