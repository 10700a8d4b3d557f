import { describeValue } from './describe-value.ts'
import { TailfoldError } from './errors.ts'

/**
 * Names one entity: the unit of consistency.
 * Shape: `{ entityType: 'account', entityId: 'acc-001' }`.
 */
export interface EntityKey {
  /** The tenant that owns the entity, where several customers share a journal. 1 to 128 letters, digits, `_`, `-`, `.` or `:`. */
  readonly tenant?: string | undefined
  readonly entityType: string
  readonly entityId: string
}

/** Longest entity id, in UTF-8 bytes: percent-encoded three to one it still fits a 2,048-byte DynamoDB key. */
const maxEntityIdBytes = 512

const entityTypePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/
/** No `/`: it would make two tenants' keys collide. */
const tenantPattern = /^[A-Za-z0-9_.:-]{1,128}$/
const utf8 = new TextEncoder()

/** `account/acc-001`, or `~acme/account/acc-001` of a tenant: one text for one entity. */
export function describeEntity({ tenant, entityType, entityId }: EntityKey): string {
  return tenant === undefined ? `${entityType}/${entityId}` : `~${tenant}/${entityType}/${entityId}`
}

/** Throws `TypeError` on a tenant that cannot be part of a key: tenants come from the application, never from a caller. */
export function checkTenant(tenant: string | undefined): void {
  if (tenant === undefined || (typeof tenant === 'string' && tenantPattern.test(tenant))) return
  throw new TypeError(
    'A tenant is not valid: use 1 to 128 letters, digits, "_", "-", "." or ":". Map other names to such ones.',
  )
}

/**
 * Throws `TypeError` unless `entityType` is 1 to 64 letters, digits, `_` or `-`, a letter first.
 * A type is written by the developer, so a bad one is a mistake in code, found at construction.
 */
export function checkEntityType(entityType: string): void {
  if (typeof entityType !== 'string' || !entityTypePattern.test(entityType)) {
    throw new TypeError(
      `Entity type ${describeValue(entityType)} is not valid: use 1 to 64 letters, digits, "_" or "-", a letter first.`,
    )
  }
}

/**
 * Throws `invalid-id` unless `entityId` is 1 to 512 bytes, or fewer, of well-formed text without control characters.
 * An id comes from outside, so a bad one is the caller's error.
 */
export function checkEntityId(entityId: string, maxBytes: number = maxEntityIdBytes): void {
  const problem =
    typeof entityId !== 'string'
      ? entityId === undefined
        ? 'it is missing'
        : `it must be a string, not ${describeValue(entityId)}`
      : entityId === ''
        ? 'it is empty'
        : isLonger(entityId, maxBytes)
          ? `it has more bytes than the limit of ${maxBytes}`
          : controlCharacters.test(entityId)
            ? 'it contains a control character'
            : !entityId.isWellFormed()
              ? 'it contains half a surrogate pair'
              : undefined
  if (problem !== undefined)
    throw new TailfoldError('invalid-id', `The entity id is not valid: ${problem}.`, { problem })
}

/** A UTF-16 unit takes 1 to 3 bytes, so few texts have to be measured. */
function isLonger(text: string, maxBytes: number): boolean {
  const { length } = text
  return length * 3 > maxBytes && (length > maxBytes || utf8.encode(text).length > maxBytes)
}
