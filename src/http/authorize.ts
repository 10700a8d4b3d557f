import { describeValue } from '../core/base/describe-value.ts'
import { checkTenant } from '../core/base/entity-key.ts'
import { type Platform, withTimeout } from '../core/base/platform.ts'
import type { Principal } from '../core/entity/message.ts'
import type { HttpRequest } from './message.ts'
import { HttpProblem } from './problem/problem.ts'

/** What a request wants to do. */
export type Action =
  /** Send a command; its name is the one in the path, so a command of that name need not exist. */
  | { readonly kind: 'command'; readonly command: string }
  /** Read the state, past or present. */
  | { readonly kind: 'state' }
  /** Read the audit trail: every event in full, whatever `view` shows of the state. */
  | { readonly kind: 'events' }
  /** List the ids of a type. */
  | { readonly kind: 'list' }
  /** Read one row of a view. */
  | { readonly kind: 'row'; readonly view: string }
  /** List the rows of a view that an index finds. */
  | { readonly kind: 'rows'; readonly view: string }
  /** Read `/openapi.json`, which names every entity type and its commands. */
  | { readonly kind: 'description' }

/** What the request is about. */
export interface Target {
  /** Empty for a description and a view, which belong to no type. */
  readonly entityType: string
  /** Of a row, the id of its entity. `undefined` for lists and a description. */
  readonly entityId: string | undefined
}

/**
 * Allows a request. Shape: `{ principal: { id: claims.sub }, tenant: claims.org }`. A plain object with `principal`,
 * `tenant` or both, and nothing else. A field that is `undefined` is an error of the hook: a missing claim must not open
 * the entities that have no tenant.
 */
export interface Grant {
  /** Who sends the request: reaches `onCommand` as `ctx.principal`; its id is stored with the commit and shown in the audit trail. */
  readonly principal?: Principal
  /** Whose entities the request sees; no others exist for it. Default: those without a tenant. */
  readonly tenant?: string
}

/** What {@link Authorize} returns. `undefined`, `null` and `false` deny with 403, `'unauthenticated'` with 401. */
export type Authorization = Grant | 'anonymous' | 'unauthenticated' | undefined | null | false

/**
 * Decides whether a request is allowed. A {@link Grant} allows it, `'anonymous'` allows it without a principal and a
 * tenant. Any other value, and whatever it throws, is an error of the hook: the caller gets 500 `internal-error`, `onError`
 * the error. Called once for each request, before its body is read; what depends on the fields of a command or on the
 * state belongs in `onCommand`, which sees `ctx.principal`. A hook that verifies a signature reads the body itself; let what
 * that rejects with through: it is the caller's 408.
 */
export type Authorize = (
  request: HttpRequest,
  target: Target,
  action: Action,
) => Authorization | Promise<Authorization>

/** A hook of the application that failed. Its cause is for the operator; the caller sees nothing of it. */
export class HookFailure extends Error {
  override readonly name = 'HookFailure'
}

/** Which grants an app takes. */
export interface GrantRules {
  readonly authorize: Authorize | 'everybody'
  readonly requireTenant: boolean
}

/** Throws `TypeError` unless the app says who may use it. */
export function checkGrantRules({ authorize, requireTenant }: Partial<GrantRules>): void {
  if (authorize !== 'everybody' && typeof authorize !== 'function') {
    throw new TypeError(
      authorize === undefined || authorize === null
        ? "authorize is required: a function that decides about each request, or 'everybody' to allow every request, anonymously."
        : `authorize must be a function or 'everybody', not ${describeValue(authorize)}.`,
    )
  }
  if (authorize === 'everybody' && requireTenant === true) {
    throw new TypeError("requireTenant needs authorize to be a function: 'everybody' has no tenant.")
  }
}

/** Asks the hook. Throws `unauthenticated` or `forbidden`, and {@link HookFailure} on anything but a clear answer. */
export async function authorized(
  authorize: Authorize,
  requireTenant: boolean,
  platform: Platform,
  deadline: number,
  ...question: Parameters<Authorize>
): Promise<Grant> {
  const answer = await ask(authorize, platform, deadline, question)
  if (answer === 'unauthenticated') {
    const headers = { 'www-authenticate': 'Bearer' }
    throw new HttpProblem('unauthenticated', 'Send valid credentials.', { headers })
  }
  if (answer === undefined || answer === null || answer === false) {
    throw new HttpProblem('forbidden', 'This request is not allowed.')
  }
  const grant = answer === 'anonymous' ? {} : read(answer)
  const missing = requireTenant && (grant as Grant).tenant === undefined ? 'it has no tenant' : undefined
  const why = typeof grant === 'string' ? grant : missing
  if (why !== undefined) {
    throw new HookFailure(
      `authorize returned a value that is not a grant: ${why}. Return { principal }, { tenant } or 'anonymous'; undefined denies with 403. The request was denied.`,
    )
  }
  return grant as Grant
}

/** A copy of a grant, or why the value is not one. Getters and proxies run once, and what they throw is the hook's. */
function read(answer: unknown): Grant | string {
  try {
    const grant = ownFields(answer)
    if (grant === undefined) return 'it is not a plain object'
    const principal = ownFields(grant['principal'])
    return problemWith(grant, principal) ?? ({ ...grant, ...(principal && { principal }) } as Grant)
  } catch (cause) {
    throw new HookFailure('authorize returned a value that cannot be read. The request was denied.', {
      cause,
    })
  }
}

async function ask(
  authorize: Authorize,
  platform: Platform,
  deadline: number,
  question: Parameters<Authorize>,
): Promise<Authorization> {
  const late = () => new Error('it did not answer by the deadline of the request')
  try {
    const ms = Math.max(0, deadline - platform.now())
    return await withTimeout(platform, ms, Promise.resolve(authorize(...question)), late)
  } catch (cause) {
    // Of those a hook sees only what reading the body rejects with.
    if (cause instanceof HttpProblem) throw cause
    throw new HookFailure('authorize failed. The request was denied.', { cause })
  }
}

const fields: ReadonlySet<string> = new Set(['principal', 'tenant'] satisfies (keyof Grant)[])

/** Longest id of a principal in characters: the limit of the core. */
const maxPrincipalIdLength = 256

/** Why a copy is not a grant; `undefined` where it is one. Says nothing of what it holds. */
function problemWith(
  grant: Readonly<Record<string, unknown>>,
  principal: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const names = Object.keys(grant)
  if (names.length === 0) return "it is empty; return 'anonymous' to allow a request without a principal"
  const unknown = names.find((name) => !fields.has(name))
  if (unknown !== undefined) return `it has the unknown field ${JSON.stringify(unknown)}`
  if (names.includes('principal')) {
    if (principal === undefined) return 'its principal is not a plain object'
    const { id } = principal
    if (typeof id !== 'string' || id === '' || id.length > maxPrincipalIdLength || !id.isWellFormed()) {
      return `the id of its principal is not a well-formed string of 1 to ${maxPrincipalIdLength} characters`
    }
  }
  if (!names.includes('tenant')) return undefined
  const { tenant } = grant
  if (typeof tenant !== 'string') return 'its tenant is not a string'
  try {
    checkTenant(tenant)
    return undefined
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '')
  }
}

/**
 * A copy of the own fields of a plain object, hidden ones and symbols included; `undefined` for any other value. Objects of
 * another realm are plain; instances, such as an `Error` or a `Response`, and objects that inherit are not.
 */
function ownFields(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const prototype = Object.getPrototypeOf(value) as object | null
  const isPlain =
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  if (!isPlain) return undefined
  const entries = Reflect.ownKeys(value).map((key) => [String(key), Reflect.get(value, key) as unknown])
  return Object.fromEntries(entries) as Record<string, unknown>
}
