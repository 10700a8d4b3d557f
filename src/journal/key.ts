import type { EntityKey } from '../core/entity-key.ts'

/**
 * The key of an entity in every store: `type/id`, the id percent-encoded as UTF-8 except for `A-Z a-z 0-9 - . _ ~`.
 * The one `/` ends the type, so no two entities share a key, whatever their ids hold. At most 1,601 characters.
 */
export function storeKey({ entityType, entityId }: EntityKey): string {
  const id = encodeURIComponent(entityId).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${entityType}/${id}`
}
