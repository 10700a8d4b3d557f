import type { EntityKey } from '../core/base/entity-key.ts'
import { TailfoldError } from '../core/base/errors.ts'
import { entityOf, storeKey } from '../journal/key.ts'

/** A commit of an entity, that an answer must include. */
export interface EntityPosition extends EntityKey {
  readonly revision: number
}

/** A position as text: `order/o1@7`, the id percent-encoded, after `~<tenant>/` of a tenant. */
export function positionText({ revision, ...entity }: EntityPosition): string {
  return `${storeKey(entity)}@${revision}`
}

/** The position in a text. Throws `invalid-query` for one that {@link positionText} did not make. */
export function parsePosition(text: string): EntityPosition {
  const [, key = '', digits = ''] = /^(.+)@(\d{1,15})$/.exec(text) ?? []
  const entity = entityOf(key)
  if (entity !== undefined) return { ...entity, revision: Number(digits) }
  const problem =
    'a position is `<entity type>/<id>@<revision>`, such as `cart/c1@7`, the revision being that in the `ETag` of the command'
  throw new TailfoldError('invalid-query', `The position is not valid: ${problem}.`, { problem })
}
