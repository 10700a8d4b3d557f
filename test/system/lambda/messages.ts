import type { LambdaResponse } from 'tailfold/lambda'
import { functionUrlEvent, httpApiEvent, restApiEvent, type WireRequest } from 'tailfold/testing'
import type { ChaosAnswer, ChaosRequest } from '../chaos/history.ts'
import type { InvocationEnd } from './environment.ts'

/** The gateways in front of the function, each with events of its own shape. */
export const gateways = {
  'an HTTP API': (request: WireRequest) => httpApiEvent(request),
  'a REST API': (request: WireRequest) => restApiEvent(request),
  'a function URL': functionUrlEvent,
} as const satisfies Record<string, (request: WireRequest) => unknown>

/** Name of a gateway. */
export type Gateway = keyof typeof gateways

/** The event in which a command arrives. */
export function commandEvent({ entityId, command, commandId }: ChaosRequest, gateway: Gateway): unknown {
  const { type, ...fields } = command
  return gateways[gateway]({
    method: 'POST',
    path: `/account/${encodeURIComponent(entityId)}/${type}`,
    headers: {
      'Content-Type': 'application/json',
      ...(commandId !== undefined && { 'Idempotency-Key': commandId }),
    },
    body: JSON.stringify(fields),
  })
}

/** What the client learns. A gateway turns all that is no answer of the function into a 5xx of its own. */
export function answerOf(end: InvocationEnd): ChaosAnswer {
  return end.kind === 'answered' ? told(end.response) : { kind: 'lost' }
}

function told({ statusCode, headers, body }: LambdaResponse): ChaosAnswer {
  const content = body === '' ? null : JSON.parse(body)
  const place = {
    revision: Number(headers['etag']?.replaceAll('"', '')),
    replayed: headers['idempotent-replayed'] === 'true',
  }
  if (statusCode < 300) return { kind: 'replied', reply: content, ...place }
  const { code, reason, details = null } = content
  if (code === 'rejected') return { kind: 'rejected', reason, details, ...place }
  return { kind: 'error', code, nothingWritten: code !== 'outcome-unknown' }
}
