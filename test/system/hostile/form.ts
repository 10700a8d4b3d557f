import { catalogue, type ProblemCode } from '../../../src/http/problem/catalogue.ts'
import { statusOfRead } from './conditions.ts'
import { knownOrigin } from './headers.ts'
import type { Named } from './target.ts'
import { headerOf, hold, type Incident, isJson } from './violation.ts'
import type { HostileAnswer } from './ways.ts'
import { limits } from './world.ts'

const successes = [200, 204, 304]
const headerNames = new Set(
  `cache-control content-type etag idempotent-replayed retry-after allow vary www-authenticate x-request-id
  access-control-allow-origin access-control-allow-credentials access-control-expose-headers
  access-control-allow-methods access-control-allow-headers access-control-max-age date connection
  x-content-type-options accept-post
  content-length`.split(/\s+/),
)

/** Holds an answer to what docs/http.md says of every answer, whatever was asked. */
export function checkForm(incident: Incident, answer: HostileAnswer): void {
  const { method, headers: asked } = incident
  const { status, body } = answer
  checkHeaders(asked, answer)
  hold(Buffer.byteLength(body) <= limits.maxAnswerBytes, 'no answer is larger than maxAnswerBytes')
  if (status >= 400) return checkProblem(incident, answer)
  hold(successes.includes(status), 'the status is a documented one')
  if (status !== 200 || method === 'HEAD') hold(body === '', 'there is no body')
  else {
    hold(headerOf(answer, 'content-type') === 'application/json' && isJson(body), 'the body is JSON')
  }
}

function checkHeaders(asked: Incident['headers'], answer: HostileAnswer): void {
  const { status, headers } = answer
  const names = headers.map(([name]) => name)
  hold(new Set(names).size === names.length, 'no header comes twice')
  hold(
    headers.every(([name, value]) => headerNames.has(name) && /^[\x20-\x7e]*$/.test(value)),
    'headers are those of the documentation, in visible characters',
  )
  const always = [headerOf(answer, 'cache-control'), headerOf(answer, 'x-content-type-options')]
  hold(always.join() === 'no-store,nosniff', 'every answer is no-store and nosniff')
  const requestId = headerOf(answer, 'x-request-id') ?? ''
  hold(/^[!-~]{1,128}$/.test(requestId), 'every answer names its request')
  if (asked['x-request-id'] === 'r-1' && status !== 421) hold(requestId === 'r-1', 'a fit request id is kept')
  const allowed = headerOf(answer, 'access-control-allow-origin')
  const expected = asked['origin'] === knownOrigin && status !== 421 ? knownOrigin : undefined
  hold(allowed === expected, 'pages of one origin only may read answers')
  hold((status === 415) === (headerOf(answer, 'accept-post') !== undefined), '415 says what is accepted')
  hold(
    (status === 429 || status === 503) === (headerOf(answer, 'retry-after') !== undefined),
    'what may be sent again says when',
  )
  if (status >= 400) hold((status === 405) === (headerOf(answer, 'allow') !== undefined), '405 lists methods')
}

function checkProblem({ method, path }: Incident, answer: HostileAnswer): void {
  const { status, body } = answer
  const documented: readonly number[] = Object.values(catalogue).map(([each]) => each)
  hold(documented.includes(status), 'the status is a documented one')
  hold(headerOf(answer, 'content-type') === 'application/problem+json', 'what fails is a problem')
  if (method === 'HEAD') return hold(body === '', 'there is no body')
  hold(isJson(body), 'a problem is JSON')
  const problem = JSON.parse(body) as Record<string, unknown>
  const code = problem['code'] as ProblemCode
  hold(Object.hasOwn(catalogue, code), 'the code is a documented one')
  const [expected, title] = catalogue[code]
  hold(expected === status && problem['status'] === status, 'code and status belong together')
  hold(
    problem['title'] === title && problem['type'] === `urn:tailfold:problem:${code}`,
    'the problem is named',
  )
  hold(typeof problem['detail'] === 'string', 'the problem is described')
  const named = `${String(problem['entity'])} ${problem['detail']}`
  hold(/~|%7e/i.test(path) || !/~(acme|globex|a|diary)\//.test(named), 'a problem names no tenant')
}

/** Query parameters by the last literal of the route. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  list: ['after', 'limit'],
  state: ['revision', 'sequenceNr', 'at'],
  events: ['after', 'limit'],
  none: [],
}

/** Characters that docs/limits.md allows. */
const longestTarget = 32_768

/** What only a success is held to: it was asked for by its one name, and by nothing that the app does not know. */
export function checkAsked(incident: Incident, answer: HostileAnswer, named: Named): void {
  const { method, path, query, headers } = incident
  if (answer.status >= 400 || method === 'OPTIONS') return
  hold(path.length + query.length <= longestTarget, 'a path with its query has an end')
  const [, type = '', , name] = path.split('/')
  hold(
    ['diary', 'account', 'health', 'openapi.json'].includes(type),
    'a resource has one name: its type is spelled as it is',
  )
  hold(
    name === undefined || name === encodeURIComponent(named.name ?? ''),
    'a resource has one name: a command is encoded no more than needed',
  )
  const route = method === 'POST' ? 'none' : routeOf(named)
  for (const [parameter] of new URLSearchParams(query)) {
    hold(parameters[route]?.includes(parameter) === true, 'no query parameter is passed over')
  }
  if (method === 'POST') checkSite(headers)
  else checkCondition(headers, answer)
}

function routeOf({ entityType, entityId, name }: Named): string {
  if (entityType === 'health' || entityType === 'openapi.json') return 'none'
  if (name !== undefined) return 'events'
  return entityId === undefined ? 'list' : 'state'
}

/** As browsers say it: a command comes from the user, from the same origin, or from a listed one. */
function checkSite({ origin, host, 'sec-fetch-site': site }: Incident['headers']): void {
  const isOwn = site === undefined ? origin === undefined : ['same-origin', 'none'].includes(site)
  const isSameHost = site === undefined && host !== undefined && origin?.split('//')[1] === host
  hold(isOwn || isSameHost || origin === knownOrigin, 'a page of another origin sends no command')
}

function checkCondition(headers: Incident['headers'], answer: HostileAnswer): void {
  const etag = headerOf(answer, 'etag')
  if (etag === undefined || !isPlain(headers)) return
  hold(statusOfRead(headers, etag) === answer.status, 'a read follows its conditions')
}

/** Headers that every way hands on as they are. */
export function isPlain({ 'if-match': one = '', 'if-none-match': other = '' }: Incident['headers']): boolean {
  return /^[\x20-\x7e]*$/.test(one + other)
}
