import type { Principal } from '../core/entity/message.ts'
import { checkTenant } from '../core/base/entity-key.ts'
import type { HttpRequest } from './message.ts'
import { Refusal } from './problem/problem.ts'

/** What a request wants to do. */
export type Action =
  /** Send a command; its name as it stands in the path, so it need not be one that exists. */
  | { readonly kind: 'command'; readonly command: string }
  /** Read the state, past or present. */
  | { readonly kind: 'state' }
  /** Read the audit trail. */
  | { readonly kind: 'events' }
  /** List the ids of a type. */
  | { readonly kind: 'list' }

/** What a request wants it of; without an id for a list. */
export interface Target {
  readonly entityType: string
  readonly entityId: string | undefined
}

/** A request that is let in. Shape: `{ principal: { id: claims.sub }, tenant: claims.org }`. */
export interface Grant {
  /** Who asks: reaches `onCommand` as `ctx.principal`; the id stands in the commit and in the audit trail. */
  readonly principal?: Principal
  /** Whose entities the request sees: those of other tenants, and of nobody, do not exist for it. Default: nobody's. */
  readonly tenant?: string
}

/**
 * Decides whether a request is let in. `undefined` is 403, `'unauthenticated'` 401; what it throws is a fault and lets
 * nobody in. Called once for each request about entities, before its body is looked at; what depends on the fields of a
 * command or on the state is better decided in `onCommand`, by `ctx.principal`.
 */
export type Authorize = (
  request: HttpRequest,
  target: Target,
  action: Action,
) => Grant | 'unauthenticated' | undefined | Promise<Grant | 'unauthenticated' | undefined>

/** Asks the hook. Without one everybody is let in as nobody. Throws `unauthenticated` or `forbidden`. */
export async function authorized(
  authorize: Authorize | undefined,
  request: HttpRequest,
  target: Target,
  action: Action,
): Promise<Grant> {
  if (authorize === undefined) return {}
  const grant = await authorize(request, target, action)
  if (grant === 'unauthenticated') {
    const headers = { 'www-authenticate': 'Bearer' }
    throw new Refusal('unauthenticated', 'Say who you are: send valid credentials.', { headers })
  }
  // Whatever is not a grant, as `true` from a hook without types, lets nobody in.
  if (typeof grant !== 'object' || grant === null) {
    throw new Refusal('forbidden', 'You may not do this here.')
  }
  checkTenant(grant.tenant)
  return grant
}
