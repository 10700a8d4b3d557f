import { type ErrorCode, isTailfoldError } from '../../core/base/errors.ts'
import type { HttpResponse } from '../message.ts'
import { etag, jsonResponse } from '../response.ts'

/** The literal codes of problems, stable across versions. Compare these, never titles or details. */
export type ProblemCode =
  | 'malformed-json'
  | 'invalid-command'
  | 'unhandled-command'
  | 'invalid-id'
  | 'invalid-query'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'unknown-entity-type'
  | 'entity-not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'command-id-reused'
  | 'revision-mismatch'
  | 'payload-too-large'
  | 'record-too-large'
  | 'too-many-events'
  | 'unsupported-media-type'
  | 'rejected'
  | 'queue-full'
  | 'too-many-rejections'
  | 'command-id-unverified'
  | 'handler-failed'
  | 'journal-corrupt'
  | 'internal-error'
  | 'conflict-budget-exhausted'
  | 'store-unavailable'
  | 'outcome-unknown'

/** Status and title of each code; docs/http.md explains them. */
export const catalogue: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  'malformed-json': [400, 'The body is not JSON'],
  'invalid-command': [400, 'The command is not valid'],
  'unhandled-command': [400, 'The entity does not know the command'],
  'invalid-id': [400, 'The entity id is not valid'],
  'invalid-query': [400, 'A query parameter is not valid'],
  unauthenticated: [401, 'It is not known who asks'],
  forbidden: [403, 'The caller may not do this'],
  'not-found': [404, 'There is nothing at this path'],
  'unknown-entity-type': [404, 'No such entity type is served here'],
  'entity-not-found': [404, 'There is no such entity, or not at that point of its history'],
  'method-not-allowed': [405, 'The method does not apply here'],
  'not-acceptable': [406, 'The caller takes no JSON'],
  'command-id-reused': [409, 'The Idempotency-Key was used for a different command'],
  'revision-mismatch': [412, 'The entity is at another revision'],
  'payload-too-large': [413, 'The body is too large'],
  'record-too-large': [413, 'The events are too large for one record'],
  'too-many-events': [413, 'The command persists too many events'],
  'unsupported-media-type': [415, 'The body must be JSON in UTF-8'],
  rejected: [422, 'The entity rejected the command'],
  'queue-full': [429, 'Too many waiting commands'],
  'too-many-rejections': [429, 'Too many rejected commands'],
  'handler-failed': [500, 'The code of the entity failed'],
  'journal-corrupt': [500, 'The journal of the entity is corrupt'],
  'internal-error': [500, 'An unexpected error'],
  'command-id-unverified': [503, 'The Idempotency-Key could not be checked'],
  'conflict-budget-exhausted': [503, 'Too many writers at once'],
  'store-unavailable': [503, 'The journal is not available'],
  'outcome-unknown': [503, 'It is not known whether the command was carried out'],
}

/** The body of every answer from 400 on, as RFC 9457 has it; some codes carry further fields. */
export interface Problem {
  /** `urn:tailfold:problem:<code>` */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  readonly [field: string]: unknown
}

/** What the code adds to its problem, and to the headers. */
export interface ProblemExtras {
  readonly fields?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that is answered with a problem; never leaves this folder. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ProblemCode
  readonly extras: ProblemExtras

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail)
    this.code = code
    this.extras = extras
  }
}

/** The response to a request that failed with `error`, and its code. */
export function problemOf(error: unknown): { readonly code: ProblemCode; readonly response: HttpResponse } {
  if (error instanceof Refusal) {
    return { code: error.code, response: problemResponse(error.code, error.message, error.extras) }
  }
  if (!isTailfoldError(error)) {
    return { code: 'internal-error', response: problemResponse('internal-error', unexpected) }
  }
  const code = problemCodeOf(error.code)
  if (!Object.hasOwn(catalogue, code)) {
    return { code: 'internal-error', response: problemResponse('internal-error', unexpected) }
  }
  const detail = details[code] ?? error.message
  const headers = isTailfoldError(error, 'revision-mismatch') ? { etag: etag(error.data.actual) } : {}
  return { code, response: problemResponse(code, detail, { fields: safeFields(code, error.data), headers }) }
}

/** A problem as a response. */
export function problemResponse(
  code: ProblemCode,
  detail: string,
  { fields = {}, headers = {} }: ProblemExtras = {},
): HttpResponse {
  const [status, title] = catalogue[code]
  const type = `urn:tailfold:problem:${code}`
  const problem: Problem = { ...fields, type, title, status, code, detail }
  const retry: Record<string, string> = status === 503 || status === 429 ? { 'retry-after': '1' } : {}
  return jsonResponse(status, problem, { ...retry, ...headers }, 'application/problem+json')
}

/** The refusal of a body of more than `maxBodyBytes`. */
export function payloadTooLarge(maxBodyBytes: number): Refusal {
  return new Refusal('payload-too-large', `A body has at most ${maxBodyBytes} bytes here.`, {
    fields: { maxBodyBytes },
  })
}

/** Codes that callers know by another name. `ask-timeout` and `entity-stopped` belong to actors; no engine throws them. */
const renamed = {
  'unknown-event': 'handler-failed',
  'not-json': 'handler-failed',
  'ask-timeout': 'internal-error',
  'entity-stopped': 'internal-error',
  'state-differs': 'internal-error',
  unexpected: 'internal-error',
} as const

function problemCodeOf(code: ErrorCode): ProblemCode {
  const names: Partial<Record<ErrorCode, ProblemCode>> = renamed
  return names[code] ?? (code as Exclude<ErrorCode, keyof typeof renamed>)
}

const unexpected = 'The request failed for a reason that is not the caller’s. It was reported.'

/** From 500 on the message of the error is for the operator; the caller gets these. */
const details: Partial<Record<ProblemCode, string>> = {
  'handler-failed': 'The code of this entity failed. Nothing was written.',
  'journal-corrupt':
    'What the journal holds of this entity cannot be read. Nothing was written; other entities are not affected.',
  'internal-error': unexpected,
  'conflict-budget-exhausted':
    'Others wrote to the entity all the while, or its turn did not come in time. Nothing was written; send the request again.',
  'store-unavailable':
    'The journal did not answer or refused. Send the request again; a command with an Idempotency-Key is carried out once.',
  'outcome-unknown':
    'The command may or may not have been carried out. Send it again with the same Idempotency-Key: it is carried out once. Without a key, read the entity first.',
}

/** Error data holds no payload. Below 500 all of it helps the caller; from 500 on only what names the entity does. */
function safeFields(code: ProblemCode, data: object): Record<string, unknown> {
  const entries = Object.entries(data)
  // Issues may quote what was sent, so they are hidden from logs; to the sender it is nothing new.
  if (catalogue[code][0] < 500) return { ...data, ...('issues' in data && { issues: data.issues }) }
  return Object.fromEntries(entries.filter(([name]) => ['entity', 'revision', 'attempts'].includes(name)))
}
