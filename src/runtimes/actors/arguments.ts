/** Throws `TypeError` unless it is a text that can name an actor. */
export function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '') return
  throw new TypeError('name must be a text of at least one character.')
}

/** Throws `TypeError` unless it was made by `Behaviors.eventSourced`. */
export function checkBehavior(behavior: unknown): void {
  const { kind, definition, journal } = (behavior ?? {}) as Partial<Record<string, unknown>>
  if (kind !== 'eventSourced' || !isObject(definition)) {
    throw new TypeError('behavior must be what Behaviors.eventSourced returns.')
  }
  if (!isObject(journal)) throw new TypeError('journal of behavior must be an event journal.')
}

/** The reference that a method was given. Throws `TypeError` unless messages can be sent to it. */
export function checkRef(method: string, ref: unknown): object {
  if (isObject(ref) && 'tell' in ref && typeof ref.tell === 'function') return ref
  throw new TypeError(`ref of ${method} must be a reference with a function tell.`)
}

/** True for anything that has properties of its own. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
