import { type ActorRef, Behaviors, entity } from 'tailfold'
import type { HttpRequest, ServedEntity } from 'tailfold/http'
import { openApi } from 'tailfold/openapi'
import { describe, expect, test } from 'vitest'
import { secret } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'
import { schemaOf } from '../helpers/schema.ts'

interface State {
  readonly owner: string
  readonly pin: string
  readonly balance: number
}
type Event =
  | { type: 'Opened'; owner: string; pin: string }
  | { type: 'Deposited'; amount: number }
  | { type: 'Expired' }
type Command =
  | { type: 'Open'; owner: string; pin: string; replyTo: ActorRef<string> }
  | { type: 'Deposit'; amount: number }
  | { type: 'Expire' }

const safe = entity({
  entityType: 'safe',
  initialState: { owner: '', pin: '', balance: 0 },
  onEvent(state: State, event: Event): State {
    switch (event.type) {
      case 'Opened':
        return { ...state, owner: event.owner, pin: event.pin }
      case 'Deposited':
        return { ...state, balance: state.balance + event.amount }
      case 'Expired':
        return { ...state, balance: 0 }
    }
  },
  onCommand(_ctx, _state, command: Command) {
    const { type, replyTo: _, ...fields } = { replyTo: undefined, ...command }
    const names = { Open: 'Opened', Deposit: 'Deposited', Expire: 'Expired' } as const
    return Behaviors.persisted<Event, State>({ events: [{ type: names[type], ...fields } as Event] })
  },
  internal: ['Expire'],
  view: ({ owner, balance }: State, { principal }) =>
    principal?.id === owner ? { owner, balance } : { owner },
})

const byHeader = ({ headers }: HttpRequest) => ({ principal: { id: headers['user'] ?? 'nobody' } })

async function openSafe(definition: ServedEntity = safe) {
  const opened = openApp({ entities: [definition], authorize: byHeader })
  const send = (method: string, path: string, user: string, body?: string, headers = {}, query = '') =>
    opened.app.handle({
      method,
      path,
      query,
      body,
      headers: { 'content-type': 'application/json', user, ...headers },
    })
  await send('POST', '/safe/s/Open', 'ada', '{"owner":"ada","pin":"1234"}')
  await send('POST', '/safe/s/Deposit', 'ada', '{"amount":5}')
  return { ...opened, send }
}

describe('a view', () => {
  test('is all that GET shows, to each principal its own, now and in the past', async () => {
    const { send } = await openSafe()
    const shown = async (user: string, query = '') =>
      (await send('GET', '/safe/s', user, undefined, {}, query)).body
    expect(await shown('ada')).toBe('{"owner":"ada","balance":5}')
    expect(await shown('bob')).toBe('{"owner":"ada"}')
    for (const query of ['revision=1', 'sequenceNr=1', 'at=2999-01-01T00:00:00Z']) {
      expect(await shown('bob', query)).toBe('{"owner":"ada"}')
      expect(await shown('ada', query)).not.toContain('1234')
    }
  })

  test('has a tag of what it shows, so that one principal’s copy is never confirmed to another', async () => {
    const { send } = await openSafe()
    const mine = (await send('GET', '/safe/s', 'ada')).headers['etag'] ?? ''
    expect(mine).toMatch(/^"2~[0-9a-z]+"$/)
    const again = (user: string) => send('GET', '/safe/s', user, undefined, { 'if-none-match': mine })
    expect([(await again('ada')).status, (await again('bob')).status]).toEqual([304, 200])
    const changed = await openSafe({ ...safe, view: ({ owner }: State) => ({ by: owner }) } as ServedEntity)
    const answer = await changed.send('GET', '/safe/s', 'ada', undefined, { 'if-none-match': mine })
    expect(answer.status).toBe(200)
  })

  test('has a tag that a command may demand: its revision counts', async () => {
    const { send } = await openSafe()
    const tag = (await send('GET', '/safe/s', 'bob')).headers['etag'] ?? ''
    const demand = () => send('POST', '/safe/s/Deposit', 'ada', '{"amount":1}', { 'if-match': tag })
    expect([(await demand()).status, (await demand()).status]).toEqual([204, 412])
  })

  const fail = (): never => {
    throw new Error(secret)
  }
  const noJson = 'returned something other than JSON'
  const unreadable = { enumerable: true, get: fail }
  class Money {
    readonly cents = 5
  }
  const odd: readonly (readonly [string, () => unknown, string])[] = [
    ['throws', fail, 'threw'],
    ['returns nothing', () => undefined, `${noJson}: it is undefined`],
    ['is asynchronous', () => Promise.reject(new Error(secret)), `${noJson}: it is an instance of Promise`],
    ['returns a bigint', () => 1n, `${noJson}: it is a bigint`],
    ['returns a Map', () => ({ tags: new Map([['a', 1]]) }), `${noJson}: /tags is an instance of Map`],
    ['returns a Date', () => ({ a: [new Date(0)] }), `${noJson}: /a/0 is an instance of Date`],
    ['returns an instance of a class', () => new Money(), `${noJson}: it is an instance of Money`],
    ['returns NaN', () => ({ balance: Number.NaN }), `${noJson}: /balance is NaN`],
    ['returns a function', () => ({ toJSON: fail }), `${noJson}: /toJSON is a function`],
    ['returns what cannot be read', () => Object.defineProperty({}, 'a', unreadable), noJson],
  ]
  test.for(odd)('that %s is handler-failed, named to the operator only', async ([, view, what]) => {
    const { send, failures } = await openSafe({ ...safe, view })
    const answer = await send('GET', '/safe/s', 'ada')
    expect([answer.status, answer.body?.includes(secret), answer.headers['etag']]).toEqual([
      500,
      false,
      undefined,
    ])
    expect(failures).toMatchObject([
      {
        code: 'handler-failed',
        error: { message: `view of safe/s ${what}. Nothing was written.`, data: { handler: 'view' } },
      },
    ])
  })

  test('a schemaVersion above 1 gives a tag of the state, which changes when onEvent does', async () => {
    const { view: _, ...whole } = safe
    const first = await openSafe({ ...whole, schemaVersion: 2 })
    const second = await openSafe({
      ...whole,
      schemaVersion: 3,
      onEvent: () => ({ owner: 'x', pin: '', balance: 1 }),
    })
    const tags = [await first.send('GET', '/safe/s', 'ada'), await second.send('GET', '/safe/s', 'ada')].map(
      ({ headers }) => headers['etag'],
    )
    expect(tags).toEqual([expect.stringMatching(/^"2~/), expect.stringMatching(/^"2~/)])
    expect(tags[0]).not.toBe(tags[1])
  })
})

describe('an internal command', () => {
  test('is answered as one that does not exist, and nothing is written', async () => {
    const { send, writes } = await openSafe()
    const answers = [
      await send('POST', '/safe/s/Expire', 'ada'),
      await send('POST', '/safe/s/Explode', 'ada'),
    ]
    const [internal, unknown] = answers.map(({ body = '' }) => JSON.parse(body) as Record<string, unknown>)
    expect(internal).toMatchObject({
      status: 400,
      code: 'unhandled-command',
      command: 'Expire',
      entity: 'safe/s',
    })
    expect(unknown).toMatchObject({ status: 500 })
    expect(writes()).toBe(2)
  })

  test('is not described', () => {
    const commands = { Open: schemaOf(() => ({ value: {} })), Expire: schemaOf(() => ({ value: {} })) }
    const { app } = openApp()
    const { paths } = openApi({ title: 'A', version: '1' })({
      entities: [{ ...safe, commands } as ServedEntity],
      limits: app.limits,
      routes: [],
    })
    expect(paths).toEqual({})
  })
})
