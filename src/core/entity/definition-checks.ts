import { describeValue } from '../base/describe-value.ts'

/** Every property that a definition may have. */
export const knownProperties = {
  entityType: 1,
  initialState: 1,
  onEvent: 1,
  onCommand: 1,
  commands: 1,
  events: 1,
  replies: 1,
  internal: 1,
  view: 1,
  snapshotPolicy: 1,
  schemaVersion: 1,
  dedupe: 1,
  dedupeForSeconds: 1,
  idItemsForSeconds: 1,
  dedupeWindow: 1,
} as const

/** Throws `TypeError` unless a property of a definition is a function. */
export function checkFunction(entityType: string, name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name} of ${entityType} must be a function.`)
}

/** Throws `TypeError` unless `internal` is absent or a list of texts. */
export function checkInternal(entityType: string, internal: unknown): void {
  if (
    internal === undefined ||
    (Array.isArray(internal) && internal.every((name) => typeof name === 'string'))
  )
    return
  throw new TypeError(`internal of ${entityType} must be a list of names of commands.`)
}

/** Throws `TypeError` unless a property of a definition is a whole number within bounds. */
export function checkWhole(
  entityType: string,
  name: string,
  value: number,
  from: number,
  to: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return
  const upTo = to === Number.MAX_SAFE_INTEGER ? `from ${from} on` : `from ${from} to ${to}`
  throw new TypeError(`${name} of ${entityType} must be a whole number ${upTo}, not ${describeValue(value)}.`)
}
