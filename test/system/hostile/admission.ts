import type { Grant } from 'tailfold/http'
import { secret } from './diary.ts'

const users: ReadonlyMap<string, 'teller' | 'reader' | 'nobody'> = new Map([
  ['ada', 'teller'],
  ['bob', 'teller'],
  ['reader', 'reader'],
  ['mallory', 'nobody'],
])
const tenants: ReadonlySet<string> = new Set(['acme', 'globex', 'a', 'diary'])
const queries: ReadonlySet<string> = new Set(['Read', 'GetBalance'])

/** Named in the `user` header, makes the hook throw. */
export const breaker = 'breaker'

/** The hook of the app under attack, and what the invariant expects of it: who asks stands in two headers. */
export function admit(
  { user, tenant }: Readonly<Record<string, string | undefined>>,
  command: string | undefined,
): Grant | 'unauthenticated' | undefined {
  if (user === breaker) throw new Error(`the directory is down: ${secret}`)
  if (user === undefined) return 'unauthenticated'
  const role = users.get(user) ?? 'nobody'
  if (role === 'nobody' || (tenant !== undefined && !tenants.has(tenant))) return undefined
  if (role === 'reader' && command !== undefined && !queries.has(command)) return undefined
  return { principal: { id: user, token: secret }, ...(tenant !== undefined && { tenant }) }
}
