import type { Grant } from 'tailfold/http'
import { storeKey } from '../../../src/journal/key.ts'
import { secret as accountSecret } from '../../helpers/http-account.ts'
import { admit, isBreaker } from './admission.ts'
import { allowCommand } from './conditions.ts'
import { diary, secret as diarySecret } from './diary.ts'
import { checkAsked, checkForm, isPlain } from './form.ts'
import { commandOf, entityOf, type KnownFacts, nameOf, setAt } from './known-facts.ts'
import { isUnfit } from './unfit-body.ts'
import { namedBy, type Named } from './target.ts'
import { headerOf, hold, type Incident } from './violation.ts'
import type { HostileAnswer } from './ways.ts'

const writers = new Set(['Write', 'Fill', 'Deposit', 'Withdraw', 'Split'])
const queries = new Set(['Read', 'GetBalance'])
const failing = new Set(['Fail', 'Explode', 'PersistUnknown', 'PersistNaN', 'Purge'])
/** Statuses with which Node.js itself answers what is no HTTP request. */
const byNode = [400, 408, 417, 431]
/** Requests to the store for one request from outside, with those of the honest caller beside it. The dearest are replays from long ago and times in the past. */
const mostStoreRequests = 20

/** Throws a `Violation` unless all that is promised holds; then learns from the incident. */
export function checkIncident(incident: Incident, facts: KnownFacts): void {
  const { answer, written, reports, storeRequests } = incident
  if (answer === undefined || isByNode(answer)) {
    hold(written.length === 0, 'what is no request writes nothing')
    return
  }
  hold(reports === (answer.status >= 500 ? 1 : 0), 'what fails is reported once')
  hold(storeRequests <= mostStoreRequests, 'one request makes few requests to the store')
  checkForm(incident, answer)
  const { grant, named } = whoAndWhat(incident)
  checkSecrets(incident, answer, grant, named, facts)
  checkWrites(incident, answer, grant, named)
  if (named !== undefined) checkAsked(incident, answer, named)
  if (grant !== undefined && named !== undefined) learn(incident, grant, named, facts)
}

function isByNode({ status, headers }: HostileAnswer): boolean {
  return byNode.includes(status) && !headers.some(([name]) => name === 'x-request-id')
}

function whoAndWhat({ headers, method, path }: Incident) {
  const named = namedBy(path)
  const command = method === 'POST' ? named?.name : undefined
  const admitted = isBreaker(headers['user']) ? undefined : admit(headers, command)
  return { named, grant: typeof admitted === 'object' ? admitted : undefined }
}

function checkSecrets(
  { method, headers, mark, body }: Incident,
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
    hold(answered.get(request) === commandOf(named.name, body), 'a key is for one command')
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
  incident: Incident,
  answer: HostileAnswer,
  grant: Grant | undefined,
  named: Named | undefined,
): void {
  const { method, headers, body, written } = incident
  const code = codeOf(method, headers, answer)
  const name = method === 'POST' ? named?.name : undefined
  const isOwnFault = named?.entityType === diary.entityType ? name === 'Fail' : name !== undefined
  if (code === 'internal-error') hold(isBreaker(headers['user']), 'nothing fails in an unexpected way')
  else if (code === 'handler-failed') hold(isOwnFault, 'handlers fail where they are made to')
  else if (code !== 'answer-too-large') hold(answer.status < 500, 'nothing fails')
  if (name !== undefined && failing.has(name)) hold(answer.status >= 400, 'what fails is no success')
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (name !== undefined && coding !== 'identity' && (body?.length ?? 0) > 0)
    hold(answer.status >= 400, 'a compressed body is no success')
  if (name !== undefined && isUnfit(body)) hold(answer.status >= 400, 'a body that is unfit is no success')

  const isReplayed = headerOf(answer, 'idempotent-replayed') !== undefined
  const isWritten = written.length > 0
  const isDiarys = named?.entityType === diary.entityType
  if (name !== undefined && writers.has(name) && isDiarys && answer.status < 300) {
    hold(isWritten !== isReplayed, 'what succeeds is written, once')
  }
  if (name !== undefined && answer.status < 300 && !isReplayed) checkCondition(incident, answer, name)
  if (!isWritten) return
  hold(grant !== undefined && named?.entityId !== undefined, 'who is not let in writes nothing')
  hold(written.length === 1, 'a command is one commit')
  const { entityType, entityId } = named
  hold(
    written[0] === storeKey({ tenant: grant.tenant, entityType, entityId }),
    'a command writes its own entity',
  )
  if (answer.status === 422 || (code === 'answer-too-large' && !writers.has(name ?? ''))) {
    return hold(headers['idempotency-key'] !== undefined, 'a refusal is recorded under a key only')
  }
  const isSuccess = answer.status < 300 || code === 'answer-too-large'
  hold(isSuccess && name !== undefined && writers.has(name), 'only a command that succeeds writes')
}

/** The revision it was decided on is the one before that it wrote. */
function checkCondition({ headers, written }: Incident, answer: HostileAnswer, name: string): void {
  const revision = Number(headerOf(answer, 'etag')?.slice(1, -1))
  if (!isPlain(headers) || !(writers.has(name) || queries.has(name))) return
  hold(
    allowCommand(headers, written.length > 0 ? revision - 1 : revision),
    'a command is carried out where its conditions hold',
  )
}

/** A HEAD tells no code. */
function codeOf(
  method: string,
  { user }: Incident['headers'],
  { status, body }: HostileAnswer,
): string | undefined {
  if (method !== 'HEAD') return status < 400 ? undefined : (JSON.parse(body) as { code: string }).code
  if (status !== 500) return undefined
  return isBreaker(user) ? 'internal-error' : 'answer-too-large'
}

function learn(
  { headers, mark, written, body }: Incident,
  grant: Grant,
  named: Named,
  { marks, answered, ids }: KnownFacts,
): void {
  const entity = entityOf(grant, named)
  const key = headers['idempotency-key']
  const request = nameOf(entity, key, grant.principal?.id)
  if (written.length === 0) return
  if (key !== undefined) answered.set(request, commandOf(named.name, body))
  setAt(marks, entity).add(mark)
  setAt(ids, nameOf(grant.tenant, named.entityType)).add(named.entityId ?? '')
}
