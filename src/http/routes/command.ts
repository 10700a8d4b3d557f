import { isTailfoldError } from '../../core/base/errors.ts'
import type { Outcome } from '../../core/engine/outcome.ts'
import type { HttpResponse } from '../message.ts'
import { readCommandFields } from '../parse/command-body.ts'
import { readCommandId } from '../parse/command-id.ts'
import { type Preconditions, readPreconditions } from '../parse/preconditions.ts'
import { readTraceparent } from '../parse/trace-context.ts'
import { HttpProblem, problemResponse, publicName } from '../problem/problem.ts'
import { emptyResponse, etag, jsonResponse } from '../response.ts'
import type { EntityCall, EntityRoute, JsonSchema, PlaceSchema, RouteDescription } from '../route.ts'
import type { ServedEntity } from '../served-entity.ts'

/** `POST /{type}/{id}/{Command}`: carries out a command. */
export const commandRoute: EntityRoute = {
  of: 'entity',
  path: '/{type}/{id}/{Command}',
  method: 'POST',
  action: 'command',
  problems: [
    'malformed-json',
    'invalid-command',
    'unhandled-command',
    'cross-site-request',
    'request-timeout',
    'command-id-reused',
    'revision-mismatch',
    'payload-too-large',
    'record-too-large',
    'too-many-events',
    'unsupported-media-type',
    'rejected',
    'queue-full',
    'too-many-rejections',
    'handler-failed',
    'answer-too-large',
    'command-id-unverified',
    'conflict-budget-exhausted',
    'outcome-unknown',
  ],
  async handle(call) {
    const { request, entity, command } = call
    const { requestId, headers } = request
    const commandId = readCommandId(headers)
    const preconditions = readPreconditions(headers)
    const fields = await readCommandFields(call, command)
    const { tenant } = entity
    const { principal } = call.grant
    const traceparent = readTraceparent(headers)
    const options = { commandId, deadline: call.deadline, tenant, principal, requestId, traceparent }
    const execute = (expectedRevision?: number) =>
      call.engine.execute(entity.entityId, { ...fields, type: command }, { ...options, expectedRevision })
    const outcome = await (preconditions === undefined
      ? execute()
      : executeIf(call, preconditions, commandId !== undefined, execute))
    return toResponse(outcome)
  },
  describe: describeCommands,
}

/** Losses to other writers, each to a revision that the preconditions allow, after which the command gives up. */
const mostRounds = 10

/** No entity gets this far: with it the engine answers with a recorded outcome, or finds another revision. */
const unreachable = 999_999_999_999_999

/**
 * Carries a command out at a revision that its preconditions allow. The engine compares the revision as it writes, so no
 * other commit comes in between. A recorded outcome counts whatever they say.
 */
async function executeIf(
  call: EntityCall,
  preconditions: Preconditions,
  isKeyed: boolean,
  execute: (expectedRevision?: number) => Promise<Outcome>,
): Promise<Outcome> {
  const { only, isLasting, holds } = preconditions
  let expected = only
  if (expected === undefined || !holds(expected)) {
    const { entity, deadline } = call
    const { revision } = await call.engine.read(entity.entityId, { deadline, tenant: entity.tenant })
    if (!holds(revision) && !isKeyed) throw mismatch(call, revision)
    if (holds(revision) && isLasting) return execute()
    expected = holds(revision) ? revision : unreachable
  }
  for (let round = 1; ; round++) {
    try {
      return await execute(expected)
    } catch (error) {
      if (!isTailfoldError(error, 'revision-mismatch')) throw error
      const { actual } = error.data
      if (!holds(actual) || round === mostRounds) throw mismatch(call, actual, only)
      expected = actual
    }
  }
}

function mismatch({ entity, request }: EntityCall, actual: number, only?: number): HttpProblem {
  const name = publicName(entity)
  const expected = only ?? request.headers['if-match']
  const why = only === undefined ? 'which the preconditions do not allow' : `but ${only} was expected`
  const detail = `${name} is at revision ${actual}, ${why}. Read the entity again and retry.`
  return new HttpProblem('revision-mismatch', detail, {
    fields: { entity: name, expected, actual },
    headers: { etag: etag(actual) },
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

function describeCommands(entity: ServedEntity, place: PlaceSchema): readonly RouteDescription[] {
  const { entityType, commands, replies = {}, internal = [] } = entity
  if (commands === undefined) {
    const summary = 'Sends a command. The body holds its fields, and may be left out without fields'
    return [{ name: 'command', summary, body: anyBody, answers: commandAnswers({}, false) }]
  }
  const names = Object.keys(commands).filter((name) => !internal.includes(name))
  return names.map((command) => {
    const fields = place([entityType, 'command', command], commands[command])
    const reply = place([entityType, 'reply', command], replies[command])
    return {
      command,
      name: command,
      summary: command,
      body: fields ? { required: fields.refusesEmpty, schema: fields.ref } : anyBody,
      answers: commandAnswers(reply?.ref ?? {}, replies[command] !== undefined),
    }
  })
}

const anyBody = { required: false, schema: { type: 'object' } }

function commandAnswers(schema: JsonSchema, hasReply: boolean): RouteDescription['answers'] {
  const headers = ['ETag', 'Idempotent-Replayed'] as const
  return {
    200: { description: 'Carried out: the reply.', headers, schema },
    ...(!hasReply && { 204: { description: 'Carried out; there is no reply.', headers } }),
  }
}
