import { describeEntity, type EntityKey } from '../../core/base/entity-key.ts'
import { type ErrorCode, isTailfoldError } from '../../core/base/errors.ts'
import type { HttpResponse } from '../message.ts'
import { etag, textResponse } from '../response.ts'
import { catalogue, type ProblemCode } from './catalogue.ts'

export type { ProblemCode }

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

/** A request that is answered with a problem; never leaves this folder. Its message is the `detail`. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly code: ProblemCode
  readonly extras: ProblemExtras

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail)
    this.code = code
    this.extras = extras
  }
}

/** The problem of a command that is wrong before its handler sees it; `pointer` is a JSON Pointer into the body. */
export function invalidCommand(problem: string, pointer?: string): HttpProblem {
  const issues = pointer === undefined ? undefined : [{ message: problem, pointer }]
  return new HttpProblem('invalid-command', `The command is not valid: ${problem}.`, {
    fields: { problem, issues },
  })
}

/** The name of an entity as callers know it: without its tenant. */
export function publicName({ entityType, entityId }: EntityKey): string {
  return describeEntity({ entityType, entityId })
}

/** The name of an entity of a tenant begins with `~tenant/`, of which callers know nothing. */
function withoutTenant(name: string): string {
  return name.replace(/^~[^/]*\//, '')
}

/** The response to a request that failed with `error`, and its code; `entity` is the one it was about, where known. */
export function problemOf(
  error: unknown,
  entity: EntityKey | undefined,
): { readonly code: ProblemCode; readonly response: HttpResponse } {
  if (error instanceof HttpProblem) return respond(error.code, error.message, error.extras)
  const code = isTailfoldError(error) ? problemCodeOf(error.code) : 'internal-error'
  if (!isTailfoldError(error) || code === 'internal-error') return respond('internal-error', unexpected)
  const { message, data } = error
  const name = 'entity' in data ? String(data.entity) : entity && describeEntity(entity)
  const detail = details[code] ?? (name ? message.replaceAll(name, () => withoutTenant(name)) : message)
  const headers = isTailfoldError(error, 'revision-mismatch') ? { etag: etag(error.data.actual) } : {}
  const named = 'entity' in data && { entity: withoutTenant(String(data.entity)) }
  return respond(code, detail, { fields: { ...safeFields(code, data), ...named }, headers })
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
  return textResponse(status, JSON.stringify(problem), { ...retry, ...headers }, 'application/problem+json')
}

function respond(code: ProblemCode, detail: string, extras?: ProblemExtras) {
  return { code, response: problemResponse(code, detail, extras) }
}

/** Codes of the core that callers know by another name; any other that is not in the catalogue is `internal-error`. */
const renamed: Partial<Record<ErrorCode, ProblemCode>> = {
  'unknown-event': 'handler-failed',
  'not-json': 'handler-failed',
}

function problemCodeOf(code: ErrorCode): ProblemCode {
  const known = renamed[code] ?? code
  return Object.hasOwn(catalogue, known) ? (known as ProblemCode) : 'internal-error'
}

const unexpected = 'An internal error occurred. It was reported to the operator.'

/** From 500 on the message of the error is for the operator; the caller gets these. */
const details: Partial<Record<ProblemCode, string>> = {
  'handler-failed': 'The code of this entity failed. Nothing was written.',
  'journal-corrupt':
    'The records of this entity cannot be read. Nothing was written; other entities are not affected.',
  'conflict-budget-exhausted':
    'Other writers won every attempt, or the command waited too long. Nothing was written; send the request again.',
  'store-unavailable':
    'The journal did not answer, or refused. Send the request again; a command with an Idempotency-Key is carried out once.',
  'view-behind': 'The view does not include a commit yet that the request refers to. Send the request again.',
  'outcome-unknown':
    'The command may or may not have been carried out. Send it again with the same Idempotency-Key: it is carried out once. Without a key, read the entity first.',
}

/** Error data holds no payload. Below 500 all of it helps the caller; from 500 on only what names the entity does. */
function safeFields(code: ProblemCode, data: object): Record<string, unknown> {
  const entries = Object.entries(data)
  // Issues may quote what was sent, so they are hidden from logs; to the sender they are nothing new.
  if (catalogue[code][0] < 500) return { ...data, ...('issues' in data && { issues: data.issues }) }
  return Object.fromEntries(entries.filter(([name]) => ['entity', 'revision', 'attempts'].includes(name)))
}
