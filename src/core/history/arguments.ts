import { checkEntityId, checkEntityType, checkTenant, type EntityKey } from '../base/entity-key.ts'
import { type ResolvedEntity, resolveEntity, type UntypedDefinition } from '../entity/entity.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { toJournal } from '../journal/to-journal.ts'

/** Whose entity a function of this folder works on. */
export interface TenantOption {
  /** Default: an entity without a tenant. */
  readonly tenant?: string | undefined
}

/** The definition with its defaults. Throws `TypeError`. */
export function checkedDefinition(definition: unknown): ResolvedEntity {
  if (typeof definition !== 'object' || definition === null) {
    throw new TypeError(`definition must be an entity, as entity() makes it, not ${kindOf(definition)}.`)
  }
  return resolveEntity(definition as UntypedDefinition)
}

/** The key of an entity. Throws `invalid-id`, and `TypeError` naming the argument. */
export function checkedKey(entityType: unknown, entityId: unknown, options: unknown): EntityKey {
  if (typeof entityType !== 'string') {
    throw new TypeError(`entityType must be a string, not ${kindOf(entityType)}.`)
  }
  checkEntityType(entityType)
  if (typeof entityId !== 'string') throw new TypeError(`entityId must be a string, not ${kindOf(entityId)}.`)
  checkEntityId(entityId)
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, not ${kindOf(options)}.`)
  }
  const { tenant } = options as TenantOption
  if (tenant === undefined) return { entityType, entityId }
  if (typeof tenant !== 'string') throw new TypeError(`tenant must be a string, not ${kindOf(tenant)}.`)
  checkTenant(tenant)
  return { tenant, entityType, entityId }
}

/** The journal in the form that the engine uses. Throws `TypeError` on what is no journal. */
export function checkedJournal(journal: unknown): Journal {
  const given = journal as Partial<Journal & EventJournal> | null | undefined
  if (typeof given?.recover !== 'function' && typeof given?.persist !== 'function') {
    throw new TypeError(
      `journal must be a journal, such as new InMemoryJournal() or sqliteJournal(...), not ${kindOf(journal)}.`,
    )
  }
  return toJournal(journal as Journal | EventJournal)
}

/** Throws `TypeError` unless the value is a whole number from `min` on. */
export function checkWhole(name: string, value: unknown, min: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= min) return
  const given = typeof value === 'number' ? value : kindOf(value)
  throw new TypeError(`${name} must be a whole number from ${min} on, not ${given}.`)
}

/** What a value is, without showing it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object of another kind' : `a ${typeof value}`
}
