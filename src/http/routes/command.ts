import type { Engine } from '../../core/engine/contract.ts'
import { describeEntity, type EntityKey } from '../../core/base/entity-key.ts'
import type { Outcome } from '../../core/engine/outcome.ts'
import type { Grant } from '../authorize.ts'
import { readCommandFields } from '../parse/command-body.ts'
import type { HttpLimits } from '../limits.ts'
import type { HttpRequest, HttpResponse } from '../message.ts'
import { readCommandId, readIfMatch } from '../parse/preconditions.ts'
import { problemResponse, Refusal } from '../problem/problem.ts'
import { emptyResponse, etag, jsonResponse } from '../response.ts'
import { readTraceparent } from '../parse/trace-context.ts'

/** On what terms a command is carried out. */
export interface CommandTerms {
  readonly deadline: number
  readonly limits: Required<HttpLimits>
  readonly grant: Grant
}

/** `POST /{type}/{id}/{Command}` */
export async function postCommand(
  engine: Engine,
  entity: EntityKey,
  command: string,
  request: HttpRequest,
  { deadline, limits, grant: { tenant, principal } }: CommandTerms,
): Promise<HttpResponse> {
  const commandId = readCommandId(request.headers)
  const ifMatch = readIfMatch(request.headers)
  const fields = readCommandFields(request, command, limits)
  // An entity that exists never ceases to, so what this read finds still holds when the command runs.
  if (ifMatch === 'any') await requireExists(engine, entity, deadline)
  const expectedRevision = ifMatch === 'any' ? undefined : ifMatch
  const { requestId } = request
  const traceparent = readTraceparent(request.headers)
  const about = { tenant, principal, requestId, traceparent }
  const options = { commandId, expectedRevision, deadline, ...about }
  return toResponse(await engine.execute(entity.entityId, { ...fields, type: command }, options))
}

async function requireExists(engine: Engine, entity: EntityKey, deadline: number): Promise<void> {
  const { revision } = await engine.read(entity.entityId, { deadline, tenant: entity.tenant })
  if (revision > 0) return
  const name = describeEntity(entity)
  throw new Refusal('revision-mismatch', `${name} does not exist, and If-Match: * demands that it does.`, {
    fields: { entity: name, expected: '*', actual: 0 },
    headers: { etag: etag(0) },
  })
}

function toResponse(outcome: Outcome): HttpResponse {
  const { revision, replayed } = outcome
  const headers = { etag: etag(revision), ...(replayed && { 'idempotent-replayed': 'true' }) }
  if (outcome.kind === 'rejected') {
    const { reason, details } = outcome
    return problemResponse('rejected', `The command was rejected: ${reason}`, {
      fields: { reason, details },
      headers,
    })
  }
  return outcome.reply === undefined ? emptyResponse(204, headers) : jsonResponse(200, outcome.reply, headers)
}
