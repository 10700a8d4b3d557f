/** What a value of the program is, for a message: numbers and short texts themselves, of anything else the kind. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.slice(0, 80))
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'an array' : 'an object'
    default:
      return `a ${typeof value}`
  }
}

/** Throws `TypeError` unless the value is an object or absent. */
export function checkOptionsObject(name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return
  throw new TypeError(`${name} must be an object, not ${describeValue(value)}.`)
}

/** Throws `TypeError` unless the value is a number of bytes above 0. */
export function checkWholeBytes(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) > 0) return
  throw new TypeError(`${name} must be a whole number of bytes above 0, not ${describeValue(value)}.`)
}
