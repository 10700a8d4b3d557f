import { Behaviors, entity, memoryRows, memoryStore, type Store, systemPlatform } from 'tailfold'
import {
  type AppOptions,
  createApp,
  type HttpRequest,
  type HttpResponse,
  type ProblemCode,
} from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { keyValueJournal } from 'tailfold/store'
import { projection, view, viewRoutes } from 'tailfold/views'
import { virtualPlatform } from '../../src/testing/virtual-platform.ts'
import { account } from './http-account.ts'
import { sendOverLoopback } from './http-drivers.ts'
import { noise } from './noise.ts'

/** A request that is answered with a problem: what docs/http.md says of it, and how it is sent. */
export interface ProblemExample {
  readonly request: string
  send(): Promise<Pick<HttpResponse, 'body'>>
}

type Options = Partial<AppOptions<never>> & { readonly store?: Store }
type Sent = Partial<Omit<HttpRequest, 'headers'>> & { readonly headers?: HttpRequest['headers'] }

const json = { 'content-type': 'application/json' }
const never = () => new Promise<never>(() => {})

function open({ store = memoryStore(), ...options }: Options = {}) {
  const journal = keyValueJournal(store)
  const app = createApp({
    journal,
    entities: [account],
    authorize: 'everybody',
    onWarning() {},
    onError() {},
    ...options,
  })
  return (request: Sent) =>
    app.handle({ method: 'GET', path: '/account/a', query: '', body: undefined, headers: {}, ...request })
}

/** A command of the account `a`. */
function command(name: string, fields?: object | string, headers: HttpRequest['headers'] = {}): Sent {
  const body = typeof fields === 'object' ? JSON.stringify(fields) : fields
  return { method: 'POST', path: `/account/a/${name}`, body, headers: { ...json, ...headers } }
}

const deposit = (amount: number, headers?: HttpRequest['headers']) => command('Deposit', { amount }, headers)

/** An example of a request alone. */
const example = (request: string, sent: Sent, options?: Options): ProblemExample => ({
  request,
  send: () => open(options)(sent),
})

/** One that is sent after others. */
const after = (request: string, sends: readonly Sent[], options?: Options): ProblemExample => ({
  request,
  async send() {
    const send = open(options)
    let answer: HttpResponse | undefined
    for (const each of sends) answer = await send(each)
    return answer as HttpResponse
  },
})

/** One that is sent while others are under way, of which the first to be answered counts. */
const beside = (request: string, sends: readonly Sent[], options: Options): ProblemExample => ({
  request,
  send() {
    const send = open(options)
    return Promise.race(sends.map(send))
  },
})

const balances = view({ name: 'balances', from: account, row: ({ balance }) => ({ balance }) })
const days = projection({
  name: 'days',
  from: account,
  initialRow: { count: 0 },
  key: () => 'all',
  on: { Deposited: ({ count }) => ({ count: count + 1 }) },
})

function withViews(): Options {
  const store = memoryStore()
  const routes = viewRoutes({ journal: keyValueJournal(store), rows: memoryRows(), views: [balances, days] })
  return { store, routes }
}

async function otherWriters() {
  const store = memoryStore()
  const [slow, fast] = [open({ store, retry: { maxAttempts: 1 } }), open({ store })]
  await slow(deposit(1))
  await fast(deposit(2))
  return slow(deposit(4))
}

/** An entity whose commands fill more than the 4 MB that are read to rule an id out. */
const large = entity({
  entityType: 'large',
  initialState: { n: 0 },
  onEvent: ({ n }: { n: number }, _event: { type: 'Filled'; text: string }) => ({ n: n + 1 }),
  onCommand: (_ctx, _state, { text }: { type: 'Fill'; text: string }) =>
    Behaviors.persisted({ events: [{ type: 'Filled' as const, text }], reply: ({ n }) => n }),
})

async function manyKeys() {
  const store = memoryStore()
  const entities = [large] as never
  const fill = (text: string, key: string): Sent => ({
    ...command('Fill', { text }, { 'idempotency-key': key }),
    path: '/large/a/Fill',
  })
  const platform = virtualPlatform()
  const filler = open({ store, entities, platform })
  for (let n = 0; n < 150; n++) await filler(fill(noise(90_000), `fill-${n}`))
  return open({ store, entities, platform })(fill('', 'new'))
}

async function byAnotherHost() {
  const app = createApp({
    journal: keyValueJournal(memoryStore()),
    entities: [account],
    authorize: 'everybody',
    onWarning() {},
  })
  const server = nodeServer(app, { port: 0 })
  const { port } = await server.listen()
  const answer = await sendOverLoopback(port, {
    method: 'GET',
    path: '/account/a',
    headers: { host: 'evil.example' },
  })
  await server.close()
  return answer
}

async function damaged() {
  const [whole, store] = [memoryStore(), memoryStore()]
  for (const amount of [1, 2, 3]) await open({ store: whole })(deposit(amount))
  const { commits } = await whole.range('account/a', 1, 3)
  for (const { revision, record } of commits)
    if (revision !== 2) await store.append('account/a', revision, record)
  return open({ store })({ path: '/account/a/events' })
}

const rejections = Array.from({ length: 1_001 }, (_, n) =>
  command('Withdraw', { amount: 5 }, { 'idempotency-key': `w-${n}` }),
)
const stuck = (part: Partial<Store>): Options => ({
  store: { ...memoryStore(), ...part },
  platform: virtualPlatform(),
})

/** One for each code, in the order of docs/http.md. */
export const problemExamples: Readonly<Record<ProblemCode, ProblemExample>> = {
  'malformed-json': example('a body `{"amount":`', command('Deposit', '{"amount":')),
  'invalid-command': example(
    'a body `{"amount":1,"amount":2}`',
    command('Deposit', '{"amount":1,"amount":2}'),
  ),
  'unhandled-command': example('`POST /account/a/Steal`', command('Steal')),
  'invalid-id': example('`GET /account/%00`', { path: '/account/%00' }),
  'invalid-query': example('`GET /account/a?limit=1`', { query: 'limit=1' }),
  unauthenticated: example('no credentials', {}, { authorize: () => 'unauthenticated' }),
  forbidden: example('credentials that do not allow it', {}, { authorize: () => undefined }),
  'cross-site-request': example(
    '`Sec-Fetch-Site: cross-site`',
    deposit(1, { 'sec-fetch-site': 'cross-site' }),
  ),
  'not-found': example('`GET /`', { path: '/' }),
  'row-not-found': {
    request: '`GET /views/balances/a`',
    send: () => open(withViews())({ path: '/views/balances/a' }),
  },
  'unknown-entity-type': example('`GET /shoe/a`', { path: '/shoe/a' }),
  'entity-not-found': example('`GET /account/a`, never written', {}),
  'method-not-allowed': example('`DELETE /account/a`', { method: 'DELETE' }),
  'not-acceptable': example('`Accept: text/html`', { headers: { accept: 'text/html' } }),
  'request-timeout': example('a body that breaks off', {
    ...deposit(1),
    body: () => Promise.reject(new Error('gone')),
  }),
  'command-id-reused': after('`Deposit` of 1, then of 2, under one key', [
    deposit(1, { 'idempotency-key': 'k' }),
    deposit(2, { 'idempotency-key': 'k' }),
  ]),
  'revision-mismatch': after('`If-Match: "7"` at revision 1', [
    deposit(1),
    deposit(1, { 'if-match': '"7"' }),
  ]),
  'payload-too-large': example(
    'a body of 300 KB',
    command('Deposit', { amount: 1, note: 'x'.repeat(300_000) }),
  ),
  'record-too-large': example('an event of 800 KB', command('PersistHuge')),
  'too-many-events': example(
    '1,001 events',
    command('Split', { amounts: Array.from({ length: 1_001 }, () => 1) }),
  ),
  'uri-too-long': example('a path of 40 KB', { path: '/account/'.padEnd(40_000, 'x') }),
  'unsupported-media-type': example(
    '`Content-Type: text/plain`',
    deposit(1, { 'content-type': 'text/plain' }),
  ),
  'unknown-host': { request: '`Host: evil.example`', send: byAnotherHost },
  rejected: example('`Withdraw` of 5 with a balance of 0', command('Withdraw', { amount: 5 })),
  'queue-full': beside('commands beyond `maxQueue`', [deposit(1), deposit(2), deposit(3)], {
    ...stuck({ append: never, recover: never }),
    limits: { maxQueue: 1 },
    platform: systemPlatform,
  }),
  'too-many-rejections': after('1,001 rejections with a key each', rejections),
  'handler-failed': example('a command that throws', command('Explode')),
  'journal-corrupt': { request: '`GET /account/a/events` where a record is missing', send: damaged },
  'answer-too-large': after('a state beyond `maxAnswerBytes`', [deposit(1), {}], {
    limits: { maxAnswerBytes: 10 },
  }),
  'internal-error': example('`authorize` throws', {}, { authorize: () => Promise.reject(new Error('down')) }),
  'command-id-unverified': { request: 'a key beside 150 recent ones, with 13 MB of events', send: manyKeys },
  'conflict-budget-exhausted': { request: 'other writers are faster', send: otherWriters },
  'store-unavailable': example('the store does not answer', {}, stuck({ recover: never })),
  'outcome-unknown': example('the store does not answer the write', deposit(1), stuck({ append: never })),
  'view-behind': {
    request: '`Tailfold-After: account/a@1`',
    send: () => open(withViews())({ path: '/views/days/all', headers: { 'tailfold-after': 'account/a@1' } }),
  },
  overloaded: beside('requests beyond `maxInFlight`', [{}, {}], {
    ...stuck({ recover: never }),
    limits: { maxInFlight: 1 },
  }),
}
