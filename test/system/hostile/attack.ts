import { verify } from 'tailfold/history'
import { entityIdOf } from '../../../src/journal/key.ts'
import { bodyOf, type HostileRequest, type Repeat, repeated } from './hostile-request.ts'
import { checkIncident, Violation } from './invariant.ts'
import { noFacts } from './known-facts.ts'
import type { Way } from './ways.ts'
import { entities, openWorld, type World } from './world.ts'

/** What an attack amounted to. */
export interface AttackReport {
  /** Requests that could be sent at all. */
  readonly sent: number
  /** How many answers had each status; 0: closed without an answer. */
  readonly statuses: ReadonlyMap<number, number>
  /** Answers that were recorded ones. */
  readonly replayed: number
}

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
): Promise<AttackReport> {
  const world = openWorld()
  const before = prototypes()
  const facts = noFacts()
  const statuses = new Map<number, number>()
  const ways = await Promise.all(world.apps.map((app) => way.open(app)))
  const keyed: { readonly request: HostileRequest; readonly mark: string }[] = []
  let marks = 0
  let sent = 0
  let replayed = 0

  async function send(request: HostileRequest, mark = `mark-${marks++}-`): Promise<void> {
    const { written, failures } = world
    const [writtenBefore, failuresBefore] = [written.length, failures.length]
    const { method, path, query, headers, process } = request
    const body = bodyOf(request, mark)
    const wire = { method, path, query, headers, ...(body !== undefined && { body }) }
    const exchange = await ways[process]?.send(wire)
    if (exchange === undefined) return
    const { status = 0, headers: told = [] } = exchange.answer ?? {}
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (told.some(([name]) => name === 'idempotent-replayed')) replayed += 1
    sent += 1
    const isTold = status === 200 || status === 204 || status === 422
    if (isTold && headers['idempotency-key'] !== undefined) keyed.push({ request, mark })
    const [news, reports] = [written.slice(writtenBefore), failures.length - failuresBefore]
    try {
      checkIncident({ ...exchange, headers, body, mark, written: news, reports }, facts)
    } catch (error) {
      throw new Violation(
        `request ${sent}: ${(error as Error).message}\n${describe(request, exchange, news)}`,
        { cause: error },
      )
    }
  }

  try {
    for (const request of planted) await send(request)
    statuses.clear()
    sent = 0
    replayed = 0
    for (const request of requests) {
      if (!('repeats' in request)) await send(request)
      else {
        const earlier = keyed[request.repeats % keyed.length]
        if (earlier !== undefined) await send(repeated(earlier.request, request), earlier.mark)
      }
    }
    await checkHealth(world)
    await checkWritten(world)
    if (prototypes() !== before) throw new Violation('no prototype is changed')
  } finally {
    await Promise.all(ways.map((each) => each.close()))
  }
  return { sent, statuses, replayed }
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
    if (first?.status !== 200 || first.body !== second?.body)
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
