import { checkEntityId, checkEntityType, checkTenant, type EntityKey } from '../base/entity-key.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { toJournal } from '../journal/to-journal.ts'

/** Whose entity a function works on. */
export interface TenantOption {
  /** Default: an entity without a tenant. */
  readonly tenant?: string | undefined
}

/** The key of an entity. Throws `invalid-id`, and `TypeError` naming the argument. */
export function checkedKey(entityType: string, entityId: string, options: TenantOption): EntityKey {
  checkEntityType(entityType)
  checkEntityId(entityId)
  checkOptions(options, '{ tenant }')
  const { tenant } = options
  checkTenant(tenant)
  return tenant === undefined ? { entityType, entityId } : { tenant, entityType, entityId }
}

/** The journal in the form that the engine uses. Throws `TypeError` on what is no journal. */
export function checkedJournal(journal: Journal | EventJournal): Journal {
  const given = journal as Partial<Journal & EventJournal> | null | undefined
  const hasMethods = typeof given?.append === 'function' || typeof given?.persist === 'function'
  if (hasMethods) return toJournal(journal)
  throw new TypeError(
    `journal must be a journal, such as inMemoryJournal() or sqliteJournal(...), not ${kindOf(journal)}.`,
  )
}

/** Throws `TypeError` unless the options are an object of the shape. */
export function checkOptions(options: unknown, shape: string): void {
  if (typeof options === 'object' && options !== null) return
  throw new TypeError(`options must be an object such as ${shape}, not ${kindOf(options)}.`)
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
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
