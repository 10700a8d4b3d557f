import { verify } from 'tailfold/history'
import { entityIdOf } from '../../../src/journal/key.ts'
import { bodyOf, type HostileRequest, type Repeat, repeated } from './hostile-request.ts'
import { honestCaller } from './honest.ts'
import { checkIncident } from './invariant.ts'
import { noFacts } from './known-facts.ts'
import { hold, Violation } from './violation.ts'
import { joined, type Way } from './ways.ts'
import { entities, openWorld, type Patch, type World } from './world.ts'

/** What an attack amounted to. */
export interface AttackReport {
  /** Requests that could be sent at all. */
  readonly sent: number
  /** How many answers had each status; 0: closed without an answer. */
  readonly statuses: ReadonlyMap<number, number>
  /** Answers that were recorded ones. */
  readonly replayed: number
  /** How often the honest caller was served. */
  readonly served: number
}

/** Hostile requests for each visit of the honest caller. */
const perVisit = 12

const json = { 'content-type': 'application/json' }
const plain = { query: '', process: 0 as const, method: 'POST' }
const planted: readonly HostileRequest[] = [undefined, 'acme', 'globex'].flatMap((tenant) =>
  ['victim', 'a', tenant ?? 'nobody'].map((id) => ({
    ...plain,
    path: `/diary/${id}/Write`,
    headers: { ...json, user: 'ada', ...(tenant !== undefined && { tenant }) },
    body: { pieces: [['{"text":"MARK"}', 1]] as const, before: [], after: [] },
  })),
)

/**
 * Sends requests, one after the other, to a new pair of processes full of other people's data, and checks every answer,
 * then that both are as well as before and all that was written is sound. Throws a `Violation`, with the request.
 */
export async function attack(
  way: Way,
  requests: readonly (HostileRequest | Repeat)[],
  patch?: Patch,
): Promise<AttackReport> {
  const world = openWorld(patch)
  const honest = honestCaller()
  const before = prototypes()
  const facts = noFacts()
  const statuses = new Map<number, number>()
  const ways = await Promise.all(world.apps.map((app) => way.open(app)))
  const keyed: { readonly request: HostileRequest; readonly mark: string }[] = []
  let marks = 0
  let sent = 0
  let replayed = 0

  async function send(request: HostileRequest, mark = `mark-${marks++}-`): Promise<void> {
    const { written, failures, storeRequests } = world
    const [writtenBefore, failuresBefore, requestsBefore] = [written.length, failures.length, storeRequests()]
    const { method, path, query, headers, process } = request
    const body = bodyOf(request, mark)
    const exchange = await ways[process]?.send({
      method,
      path,
      query,
      headers,
      ...(body !== undefined && { body }),
    })
    if (exchange === undefined) return
    const { status = 0, headers: told = [] } = exchange.answer ?? {}
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (told.some(([name]) => name === 'idempotent-replayed')) replayed += 1
    sent += 1
    const isTold = status === 200 || status === 204 || status === 422
    if (isTold && headers['idempotency-key'] !== undefined && method === 'POST') keyed.push({ request, mark })
    const news = written.slice(writtenBefore)
    const done = { written: news, reports: failures.length - failuresBefore }
    const incident = {
      ...exchange,
      ...done,
      query: exchange.query ?? query,
      body,
      mark,
      headers: joined(headers),
    }
    try {
      const isForeign =
        way.names !== undefined && !way.names.includes(incident.headers['host'] ?? 'localhost')
      hold(!isForeign || status >= 400 || status === 0, 'a server answers to its own names only')
      checkIncident({ ...incident, storeRequests: storeRequests() - requestsBefore }, facts)
    } catch (error) {
      const text = `request ${sent}: ${(error as Error).message}\n${describe(request, exchange, news)}`
      throw new Violation(text, { cause: error })
    }
  }

  /** At the same time as a hostile request, so that one may get in the way of the other. */
  async function sendBeside(request: HostileRequest | Repeat, index: number): Promise<void> {
    const way = index % perVisit === 0 ? ways[(index / perVisit) % 2] : undefined
    await Promise.all([way && honest.visit(way), sendOrRepeat(request)])
  }

  async function sendOrRepeat(request: HostileRequest | Repeat): Promise<void> {
    if (!('repeats' in request)) return send(request)
    const earlier = keyed[request.repeats % keyed.length]
    if (earlier === undefined) return
    await send(repeated(earlier.request, request), request.isOther ? undefined : earlier.mark)
  }

  try {
    for (const request of planted) await send(request)
    statuses.clear()
    sent = 0
    replayed = 0
    for (const [index, request] of requests.entries()) await sendBeside(request, index)
    await checkHealth(world)
    await checkWritten(world)
    if (prototypes() !== before) throw new Violation('no prototype is changed')
  } finally {
    await Promise.all(ways.map((each) => each.close()))
  }
  return { sent, statuses, replayed, served: honest.visits() }
}

function describe(request: HostileRequest, exchange: unknown, written: readonly string[]): string {
  const text = JSON.stringify({ request, exchange, written }, undefined, 2)
  return text.length > 6_000 ? `${text.slice(0, 6_000)}…` : text
}

async function checkHealth({ apps }: World): Promise<void> {
  for (const [index, app] of apps.entries()) {
    const request = { query: '', headers: { ...json, user: 'bob' }, body: undefined }
    const path = `/account/healthy-${index}`
    const health = await app.handle({ ...request, method: 'GET', path: '/health' })
    const deposit = await app.handle({
      ...request,
      method: 'POST',
      path: `${path}/Deposit`,
      body: '{"amount":7}',
    })
    const balance = await app.handle({ ...request, method: 'GET', path })
    const seen = [health.status, deposit.status, balance.body]
    if (JSON.stringify(seen) !== JSON.stringify([200, 204, '{"balance":7}']))
      throw new Violation(`the server is as well as before: ${JSON.stringify(seen)}`)
  }
}

/** All that was written folds, and both processes say the same of it. */
async function checkWritten({ apps, journal, written }: World): Promise<void> {
  for (const key of new Set(written)) {
    const [, tenant, entityType] = /^(?:~([^/]+)\/)?([^/]+)\//.exec(key) ?? []
    const entityId = entityIdOf(key)
    for (const definition of entities) {
      if (definition.entityType === entityType)
        await verify(definition as never, journal, entityId, { tenant })
    }
    const request = {
      method: 'GET',
      path: `/${entityType}/${encodeURIComponent(entityId)}`,
      query: '',
      body: undefined,
    }
    const headers = { user: 'ada', ...(tenant !== undefined && { tenant }) }
    const [first, second] = await Promise.all(apps.map((app) => app.handle({ ...request, headers })))
    const isTold = first?.status === 200 || first?.body?.includes('"code":"answer-too-large"') === true
    if (!isTold || first?.body !== second?.body)
      throw new Violation(`both processes say the same of ${key}: ${first?.body} ${second?.body}`)
  }
}

/** All that a prototype of JavaScript holds. */
function prototypes(): string {
  const held = [Object, Array, Function, String, Number, Map, Promise].map(({ prototype }) =>
    Reflect.ownKeys(prototype as object).map(String),
  )
  return JSON.stringify(held)
}
