import { TailfoldError } from './errors.ts'

const deepestLevel = 200

/**
 * The JSON text of `value`, which must be plain JSON: what a replay reads has to be what the live fold saw.
 * Properties that are `undefined` are left out, as `JSON.stringify` does.
 * Throws `not-json`, with the path of the culprit: a `Date`, `Map`, class instance, function, bigint, `NaN`, a cycle.
 *
 * @param what Names the value in the message: `'event'`, `'reply'`, `'state'`.
 */
export function jsonText(value: unknown, what: string): string {
  check(value, what, 0)
  return JSON.stringify(value)
}

/** The same text for equal JSON values, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`
}

/** What is frozen all the way down, for certain: the top alone may have been frozen by somebody else. */
const frozen = new WeakSet<object>()

/** Freezes a JSON value all the way down; parts it has frozen before are not walked again. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !frozen.has(value)) {
    frozen.add(Object.freeze(value))
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}

function check(value: unknown, path: string, level: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (!Number.isFinite(value)) fail(path, String(value))
      return
    case 'object': {
      if (value === null) return
      if (level > deepestLevel) fail(path, `more than ${deepestLevel} levels, or a cycle`)
      if (Array.isArray(value)) {
        for (let index = 0; index < value.length; index++) check(value[index], `${path}[${index}]`, level + 1)
        return
      }
      const prototype: unknown = Object.getPrototypeOf(value)
      if (prototype !== Object.prototype && prototype !== null)
        fail(path, `an instance of ${className(value)}`)
      for (const [key, part] of Object.entries(value)) {
        if (part !== undefined) check(part, `${path}.${key}`, level + 1)
      }
      return
    }
    default:
      fail(path, `a ${typeof value}`)
  }
}

function className(value: object): string {
  return typeof value.constructor === 'function' ? value.constructor.name : 'a class'
}

function fail(path: string, found: string): never {
  throw new TailfoldError(
    'not-json',
    `${path} is ${found}, which JSON cannot hold; store plain values only.`,
    {
      path,
      found,
    },
  )
}
