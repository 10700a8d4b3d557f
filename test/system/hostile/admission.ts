import { TailfoldError } from 'tailfold'
import type { Grant } from 'tailfold/http'
import { secret } from './diary.ts'

const users: ReadonlyMap<string, 'teller' | 'reader' | 'nobody'> = new Map([
  ['ada', 'teller'],
  ['bob', 'teller'],
  ['honest', 'teller'],
  ['reader', 'reader'],
  ['mallory', 'nobody'],
])
/** The tenant of the honest caller; no hostile request names it. */
export const honestTenant = 'honest-co'
const tenants: ReadonlySet<string> = new Set(['acme', 'globex', 'a', 'diary', honestTenant])
const queries: ReadonlySet<string> = new Set(['Read', 'GetBalance'])

const ada = { id: 'ada' }
const fail = (error: Error) => (): never => {
  throw error
}

/** What a hook does by mistake, by the `user` that makes it: none of it lets anybody in. */
const mistakes: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ['throws', fail(new Error(`the directory is down: ${secret}`))],
  ['throws-ours', fail(new TailfoldError('command-id-reused', secret, { entity: 'diary/x', revision: 7 }))],
  [
    'throws-fake',
    fail(Object.assign(new Error(secret), { name: 'TailfoldError', code: 'made-up', data: {} })),
  ],
  ['throws-text', () => Promise.reject(secret)],
  ['true', () => true],
  ['empty', () => ({})],
  ['list', () => []],
  ['allowed-false', () => ({ allowed: false })],
  ['status', () => ({ status: 401 })],
  ['error', () => new Error(secret)],
  ['response', () => new Response(null, { status: 403 })],
  ['admin', () => ({ principal: ada, admin: true })],
  ['no-tenant', () => ({ principal: ada, tenant: undefined })],
  ['null-tenant', () => ({ principal: ada, tenant: null })],
  ['number-tenant', () => ({ principal: ada, tenant: 5 })],
  ['slash-tenant', () => ({ principal: ada, tenant: 'acme/diary' })],
  ['no-id', () => ({ principal: {} })],
  ['inherited', () => Object.create({ principal: ada }) as unknown],
])

/** The names in the `user` header that make the hook err. */
export const breakers: readonly string[] = [...mistakes.keys()].map((name) => `breaker-${name}`)

/** True where the hook errs about a user. */
export function isBreaker(user: string | undefined): boolean {
  return user !== undefined && breakers.includes(user)
}

/** The hook of the app under attack: who asks stands in two headers. */
export function authorize(
  headers: Readonly<Record<string, string | undefined>>,
  command: string | undefined,
): Grant | 'unauthenticated' | undefined {
  const { user } = headers
  if (!isBreaker(user)) return admit(headers, command)
  return mistakes.get(user?.slice('breaker-'.length) ?? '')?.() as Grant
}

/** What the invariant expects of it. */
export function admit(
  { user, tenant }: Readonly<Record<string, string | undefined>>,
  command: string | undefined,
): Grant | 'unauthenticated' | undefined {
  if (user === undefined) return 'unauthenticated'
  const role = users.get(user) ?? 'nobody'
  if (role === 'nobody' || (tenant !== undefined && !tenants.has(tenant))) return undefined
  if (role === 'reader' && command !== undefined && !queries.has(command)) return undefined
  return { principal: { id: user, token: secret }, ...(tenant !== undefined && { tenant }) }
}
