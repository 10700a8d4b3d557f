import type { Grant } from 'tailfold/http'
import { catalogue, type ProblemCode } from '../../../src/http/problem/problem.ts'
import { storeKey } from '../../../src/journal/key.ts'
import { secret as accountSecret } from '../../helpers/http-account.ts'
import { admit, breaker } from './admission.ts'
import { diary, secret as diarySecret } from './diary.ts'
import { knownOrigin } from './headers.ts'
import { entityOf, type KnownFacts, nameOf, setAt } from './known-facts.ts'
import { isUnfit } from './unfit-body.ts'
import { namedBy, type Named } from './target.ts'
import type { Exchange, HostileAnswer } from './ways.ts'

/** A request, what came of it, and what it did. */
export interface Incident extends Exchange {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  /** The mark in its body, which no other request has. */
  readonly mark: string
  /** Keys of the commits written meanwhile. */
  readonly written: readonly string[]
  /** Reports to `onError` meanwhile. */
  readonly reports: number
}

/** A promise that an answer breaks. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

function hold(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new Violation(rule)
}

const writers = new Set(['Write', 'Fill', 'Deposit', 'Withdraw', 'Split'])
const failing = new Set(['Fail', 'Explode', 'PersistUnknown', 'PersistNaN'])
const successes = [200, 204, 304]
/** Statuses with which Node.js itself answers what is no HTTP request. */
const byNode = [400, 408, 417, 431]
const headerNames = new Set(
  `cache-control content-type etag idempotent-replayed retry-after allow vary www-authenticate x-request-id
  access-control-allow-origin access-control-allow-credentials access-control-expose-headers
  access-control-allow-methods access-control-allow-headers access-control-max-age date connection
  content-length`.split(/\s+/),
)

/** Throws a `Violation` unless all that is promised holds; then learns from the incident. */
export function checkIncident(incident: Incident, facts: KnownFacts): void {
  const { answer, written, reports } = incident
  if (answer === undefined || isByNode(answer)) {
    hold(written.length === 0, 'what is no request writes nothing')
    return
  }
  hold(reports === (answer.status >= 500 ? 1 : 0), 'what fails is reported once')
  checkForm(incident, answer)
  const { grant, named } = whoAndWhat(incident)
  checkSecrets(incident, answer, grant, named, facts)
  checkWrites(incident, answer, grant, named)
  if (grant !== undefined && named !== undefined) learn(incident, answer, grant, named, facts)
}

function isByNode({ status, headers }: HostileAnswer): boolean {
  return byNode.includes(status) && !headers.some(([name]) => name === 'x-request-id')
}

const headerOf = ({ headers }: HostileAnswer, wanted: string) =>
  headers.find(([name]) => name === wanted)?.[1]

function whoAndWhat({ headers, method, path }: Incident) {
  const named = namedBy(path)
  const command = method === 'POST' ? named?.name : undefined
  const admitted = headers['user'] === breaker ? undefined : admit(headers, command)
  return { named, grant: typeof admitted === 'object' ? admitted : undefined }
}

function checkForm({ method, headers: asked }: Incident, answer: HostileAnswer): void {
  const { status, headers, body } = answer
  const names = headers.map(([name]) => name)
  hold(new Set(names).size === names.length, 'no header comes twice')
  hold(
    headers.every(([name, value]) => headerNames.has(name) && /^[\x20-\x7e]*$/.test(value)),
    'headers are those of the documentation, in visible characters',
  )
  const allowed = headerOf(answer, 'access-control-allow-origin')
  const expected = asked['origin'] === knownOrigin ? knownOrigin : undefined
  hold(allowed === expected, 'pages of one origin only may read answers')
  if (status < 400) {
    hold(successes.includes(status), 'the status is a documented one')
    if (status !== 200 || method === 'HEAD') hold(body === '', 'there is no body')
    else hold(headerOf(answer, 'content-type') === 'application/json' && isJson(body), 'the body is JSON')
    return
  }
  const documented = Object.values(catalogue).map(([each]) => each)
  hold(documented.includes(status), 'the status is a documented one')
  hold(headerOf(answer, 'content-type') === 'application/problem+json', 'what fails is a problem')
  hold((status === 405) === (headerOf(answer, 'allow') !== undefined), '405 lists what is allowed')
  if (method === 'HEAD') hold(body === '', 'there is no body')
  else checkProblem(status, body)
}

function checkProblem(status: number, body: string): void {
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
}

function checkSecrets(
  { method, headers, mark }: Incident,
  answer: HostileAnswer,
  grant: Grant | undefined,
  named: Named | undefined,
  { marks, answered, ids }: KnownFacts,
): void {
  const text = JSON.stringify([answer.headers, answer.body])
  hold(
    !text.includes(diarySecret) && !text.includes(accountSecret),
    'no secret of an error or a token gets out',
  )
  hold(!/\bat [^"]*:\d+:\d+|node:internal|node_modules|file:\/\//.test(text), 'no stack gets out')
  hold(!text.includes(process.cwd()), 'no path of a file gets out')
  const own = grant && named && marks.get(entityOf(grant, named))
  const found = text.match(/mark-\d+-/g) ?? []
  hold(
    found.every((each) => each === mark || own?.has(each) === true),
    'no entity’s data gets to others',
  )
  if (grant === undefined || named === undefined) {
    const isPublic = method === 'OPTIONS' || named?.entityType === 'health'
    hold(answer.status >= 400 || isPublic, 'nobody gets in who is not let in')
    return
  }
  if (headerOf(answer, 'idempotent-replayed') !== undefined) {
    const request = nameOf(entityOf(grant, named), headers['idempotency-key'], grant.principal?.id)
    hold(answered.has(request), 'a key brings nobody’s reply but the caller’s own')
  }
  if (named.entityId !== undefined || answer.status !== 200 || answer.body === '') return
  const listed = (JSON.parse(answer.body) as { ids?: readonly string[] }).ids ?? []
  const known = ids.get(nameOf(grant.tenant, named.entityType))
  hold(
    listed.every((id) => known?.has(id) === true),
    'a list names the tenant’s own ids only',
  )
}

function checkWrites(
  { method, headers, body, written }: Incident,
  answer: HostileAnswer,
  grant: Grant | undefined,
  named: Named | undefined,
): void {
  const code = codeOf(method, headers, answer)
  const name = method === 'POST' ? named?.name : undefined
  const isOwnFault = named?.entityType === diary.entityType ? name === 'Fail' : name !== undefined
  if (code === 'internal-error') hold(headers['user'] === breaker, 'nothing fails in an unexpected way')
  else if (code === 'handler-failed') hold(isOwnFault, 'handlers fail where they are made to')
  else hold(answer.status < 500, 'nothing fails')
  if (name !== undefined && failing.has(name)) hold(answer.status >= 400, 'what fails is no success')

  if (name !== undefined && isUnfit(body)) hold(answer.status >= 400, 'a body that is unfit is no success')
  const isReplayed = headerOf(answer, 'idempotent-replayed') !== undefined
  const isWritten = written.length > 0
  if (
    name !== undefined &&
    writers.has(name) &&
    named?.entityType === diary.entityType &&
    answer.status < 300
  )
    hold(isWritten !== isReplayed, 'what succeeds is written, once')
  if (!isWritten) return
  hold(grant !== undefined && named?.entityId !== undefined, 'who is not let in writes nothing')
  hold(written.length === 1, 'a command is one commit')
  const { entityType, entityId } = named
  hold(
    written[0] === storeKey({ tenant: grant.tenant, entityType, entityId }),
    'a command writes its own entity',
  )
  if (answer.status === 422)
    hold(headers['idempotency-key'] !== undefined, 'a refusal is recorded under a key only')
  else
    hold(
      answer.status < 300 && name !== undefined && writers.has(name),
      'only a command that succeeds writes',
    )
}

/** A HEAD tells no code. */
function codeOf(
  method: string,
  { user }: Incident['headers'],
  { status, body }: HostileAnswer,
): string | undefined {
  if (method === 'HEAD') return status === 500 && user === breaker ? 'internal-error' : undefined
  return status < 400 ? undefined : (JSON.parse(body) as { code: string }).code
}

function learn(
  { headers, mark, written }: Incident,
  { status }: HostileAnswer,
  grant: Grant,
  named: Named,
  { marks, answered, ids }: KnownFacts,
): void {
  if (status >= 300 && status !== 422) return
  const entity = entityOf(grant, named)
  answered.add(nameOf(entity, headers['idempotency-key'], grant.principal?.id))
  if (written.length === 0) return
  setAt(marks, entity).add(mark)
  setAt(ids, nameOf(grant.tenant, named.entityType)).add(named.entityId ?? '')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
