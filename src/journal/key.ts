import type { EntityKey } from '../core/base/entity-key.ts'

/**
 * The key of an entity in every store: `type/id`, or `~tenant/type/id`; the id percent-encoded as UTF-8 except for
 * `A-Z a-z 0-9 - . _ ~`. Types and tenants hold no `/`, so no two entities share a key, whatever their ids hold; and as no
 * type begins with `~`, a tenant's keys are all those that begin with its own name: what IAM's `dynamodb:LeadingKeys`
 * can tell apart. At most 1,731 characters.
 */
export function storeKey(entity: EntityKey): string {
  return storePrefix(entity) + encodeId(entity.entityId)
}

/** What the keys of all entities of one type, and tenant, begin with. */
export function storePrefix({ tenant, entityType }: Omit<EntityKey, 'entityId'>): string {
  return tenant === undefined ? `${entityType}/` : `~${tenant}/${entityType}/`
}

/** The entity id in a key. */
export function entityIdOf(key: string): string {
  return decodeURIComponent(key.slice(key.lastIndexOf('/') + 1))
}

/** The entity that a key names; `undefined` for a key that no entity has, as that of a snapshot beside the slot. */
export function entityOf(key: string): EntityKey | undefined {
  const [, tenant, entityType, id] = /^(?:~([^/]+)\/)?([^~/][^/]*)\/([^/]+)$/.exec(key) ?? []
  if (entityType === undefined || id === undefined) return undefined
  try {
    return { ...(tenant !== undefined && { tenant }), entityType, entityId: decodeURIComponent(id) }
  } catch {
    return undefined
  }
}

/** Ids that are encoded as they are. */
const plainId = /^[\w.~-]*$/

function encodeId(entityId: string): string {
  if (plainId.test(entityId)) return entityId
  return encodeURIComponent(entityId).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * Where snapshots of one schema version are kept while a newer version holds the slot: `<key>//<version>`. No entity's
 * key holds `//`.
 */
export function snapshotKeyBeside(key: string, schemaVersion: number): string {
  return `${key}//${schemaVersion}`
}
