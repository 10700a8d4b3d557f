import { TailfoldError } from './errors.ts'

const deepestLevel = 200

const longestPointer = 500

/**
 * The values that this module has checked, copied and frozen, with their {@link Size}: they need no second walk. A whole
 * value without levels is not among them: walking it again takes less than remembering it.
 */
const checked = new WeakMap<object, Size>()

/** Approximate bytes, times 256, plus levels below the value: of many small values, a number takes less than an object. */
type Size = number

const levelsIn = (size: Size) => size % 256
const bytesIn = (size: Size) => Math.floor(size / 256)

/** Where a value is, from the inside out; joined to a JSON Pointer only when something is wrong. */
interface Path {
  readonly up: Path | undefined
  readonly key: string | number
}

/**
 * The value as a reader of its JSON text would get it, frozen all the way down: properties that are `undefined` are left
 * out and `-0` becomes `0`. Parts that came out of this function before are taken over as they are; everything else is
 * copied, so that what a caller or a handler handed in is never changed. Plain objects of another realm count as plain.
 *
 * Throws `not-json`, with a JSON Pointer to the culprit: a `Date`, `Map`, class instance, function, symbol, bigint, `NaN`,
 * a hole or an extra property of an array, more than 200 levels, a cycle.
 *
 * @param what Names the value in the message: `'event'`, `'reply'`, `'state'`.
 */
export function frozenJson<Value>(value: Value, what: string): Value {
  return freeze(value, what, undefined, 0) as Value
}

/** The JSON text of `value`. Throws as {@link frozenJson} does. */
export function jsonText(value: unknown, what: string): string {
  return JSON.stringify(frozenJson(value, what))
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

/** True for an object literal's kind of object, of any realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  // The `Object.prototype` of another realm: it inherits from nothing and is not a class's.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

function freeze(value: unknown, what: string, path: Path | undefined, level: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) fail(what, path, String(value))
      return value === 0 ? 0 : value
    case 'object':
      return value === null ? value : freezeParts(value, what, path, level)
    default:
      return fail(what, path, value === undefined ? 'undefined' : `a ${typeof value}`)
  }
}

function freezeParts(value: object, what: string, path: Path | undefined, level: number): object {
  const known = checked.get(value)
  if (level + levelsIn(known ?? 0) > deepestLevel)
    fail(what, path, `more than ${deepestLevel} levels, or a cycle`)
  if (known !== undefined) return value
  return Array.isArray(value) ? freezeArray(value, what, path, level) : freezeObject(value, what, path, level)
}

function freezeArray(value: readonly unknown[], what: string, path: Path | undefined, level: number): object {
  const copy: unknown[] = []
  let levels = 0
  let bytes = leastBytes
  for (let key = 0; key < value.length; key++) {
    const part = freeze(value[key], what, { up: path, key }, level + 1)
    copy.push(part)
    levels = Math.max(levels, levelsFor(part))
    bytes += approximateBytes(part)
  }
  if (Object.keys(value).length !== value.length || Object.getOwnPropertySymbols(value).length > 0)
    fail(what, path, 'an array with properties of its own')
  return finished(copy, bytes, levels, level)
}

function freezeObject(value: object, what: string, path: Path | undefined, level: number): object {
  if (!isPlainObject(value)) fail(what, path, `an instance of ${className(value)}`)
  // Reads each getter once, and copies own enumerable properties alone: what JSON would see.
  const copy: Record<string, unknown> = { ...value }
  if (Object.getOwnPropertySymbols(copy).length > 0) fail(what, path, 'an object with a symbol as key')
  let levels = 0
  let bytes = leastBytes
  for (const key of Object.keys(copy)) {
    const part = copy[key]
    if (part === undefined) {
      delete copy[key]
      continue
    }
    const frozen = freeze(part, what, { up: path, key }, level + 1)
    copy[key] = frozen
    levels = Math.max(levels, levelsFor(frozen))
    bytes += bytesOfField(key, frozen)
  }
  return finished(copy, bytes, levels, level)
}

/** The levels that a value which holds this part has for it. */
function levelsFor(part: unknown): number {
  return typeof part === 'object' && part !== null ? 1 + levelsIn(checked.get(part) ?? 0) : 0
}

function finished(copy: object, bytes: number, levels: number, level: number): object {
  Object.freeze(copy)
  if (level > 0 || levels > 0) checked.set(copy, Math.min(bytes, mostBytes) * 256 + levels)
  return copy
}

/**
 * A frozen copy of the plain objects and arrays of a value; other values, such as a `Date`, are taken over by reference.
 * Throws `RangeError` beyond 200 levels.
 */
export function frozenCopy<Value>(value: Value): Value {
  return copyPlain(value, Object.freeze, 0) as Value
}

/** The same copy, not frozen: for code that may change what it gets, such as a schema. */
export function plainCopy<Value>(value: Value): Value {
  return copyPlain(value, (copy) => copy, 0) as Value
}

function copyPlain(part: unknown, finish: (copy: object) => object, level: number): unknown {
  if (typeof part !== 'object' || part === null) return part
  const isArray = Array.isArray(part)
  if (!isArray && !isPlainObject(part)) return part
  if (level > deepestLevel) throw new RangeError(`more than ${deepestLevel} levels, or a cycle`)
  if (isArray) return finish(part.map((item) => copyPlain(item, finish, level + 1)))
  const own: Record<string, unknown> = { ...part }
  for (const key of Object.keys(own)) {
    if (typeof own[key] === 'object') own[key] = copyPlain(own[key], finish, level + 1)
  }
  return finish(own)
}

/** Beyond it nobody needs to know more; a number holds so much exactly. */
const mostBytes = 2 ** 40

/** About the bytes that a number takes as JSON text, and an array or object beside its parts. */
const leastBytes = 8

/**
 * About the bytes that the plain parts of a value take as JSON text; those must not have cycles. Parts that came out of
 * {@link frozenJson} were measured there.
 */
export function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return leastBytes
  const known = checked.get(value)
  if (known !== undefined) return bytesIn(known)
  let bytes = leastBytes
  if (Array.isArray(value)) for (const item of value) bytes += approximateBytes(item)
  else if (isPlainObject(value)) for (const key of Object.keys(value)) bytes += bytesOfField(key, value[key])
  return bytes
}

function bytesOfField(key: string, value: unknown): number {
  return key.length + 3 + approximateBytes(value)
}

function className(value: object): string {
  return typeof value.constructor === 'function' && value.constructor.name !== ''
    ? value.constructor.name
    : 'a class'
}

function fail(what: string, path: Path | undefined, found: string): never {
  let pointer = ''
  for (let at = path; at !== undefined; at = at.up) {
    pointer = `/${String(at.key).replaceAll('~', '~0').replaceAll('/', '~1')}${pointer}`
  }
  // Of a cycle it would be a path of all levels.
  if (pointer.length > longestPointer) pointer = `${pointer.slice(0, longestPointer)}…`
  const where = pointer === '' ? `The ${what}` : `${pointer} of the ${what}`
  const advice =
    pointer === '/replyTo/tell'
      ? `\`replyTo\` belongs to the command: name the fields that the ${what} needs.`
      : 'Store plain values only.'
  throw new TailfoldError('not-json', `${where} is ${found}, which JSON cannot hold. ${advice}`, {
    path: pointer,
    found,
  })
}
