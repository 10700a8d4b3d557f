import { AssertionError } from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import type { CommandResult } from './result.ts'

type AnyResult = CommandResult<unknown, unknown, unknown>
type Compared = Readonly<Record<string, unknown>>

const comparable = ['events', 'metadata', 'reply', 'state'] as const

/** Throws unless the command was carried out and came to what is expected. */
export function compare(name: string, result: AnyResult, expectation: unknown): void {
  const expected = checkExpectation(expectation)
  if (result.kind !== 'replied') return differ(`${name} ${told(result)}`, shown(result), expected)
  const named = comparable.filter((part) => part in expected)
  const other = named.filter((part) => !isSame(result[part], expected[part]))
  if (other.length === 0) return
  const actual = Object.fromEntries(named.map((part) => [part, result[part]]))
  differ(`${name} came to other ${other.join(' and ')} than expected`, actual, expected)
}

/** Throws unless the command was refused in this way; details are compared when they are given. */
export function compareRejected(
  name: string,
  result: AnyResult,
  [reason, ...details]: readonly [reason: string, details?: unknown],
): void {
  const expected = { rejected: reason, ...(details.length > 0 && { details: details[0] }) }
  if (result.kind !== 'rejected') return differ(`${name} ${told(result)}`, shown(result), expected)
  const actual = { rejected: result.reason, ...(details.length > 0 && { details: result.details }) }
  if (!isSame(actual, expected)) differ(`${name} was rejected otherwise than expected`, actual, expected)
}

/** Throws unless the entity does not know the command. */
export function compareUnhandled(name: string, result: AnyResult): void {
  if (result.kind !== 'unhandled') differ(`${name} ${told(result)}`, shown(result), { unhandled: true })
}

/** Throws unless a replay of the same events came to the same state. */
export function compareReplay(entity: string, live: unknown, replayed: unknown): void {
  if (isSame(live, replayed)) return
  differ(
    `onEvent of ${entity} is not pure: the same events gave another state when they were folded again`,
    { state: replayed },
    { state: live },
  )
}

function checkExpectation(expectation: unknown): Compared {
  const names = typeof expectation === 'object' && expectation !== null ? Object.keys(expectation) : []
  const known: readonly string[] = comparable
  if (names.length > 0 && names.every((name) => known.includes(name))) return expectation as Compared
  throw new TypeError(`then takes what to expect: { ${comparable.join(', ')} }, at least one of them.`)
}

function told(result: AnyResult): string {
  switch (result.kind) {
    case 'replied':
      return 'was carried out'
    case 'rejected':
      return `was rejected: ${result.reason}`
    case 'unhandled':
      return 'is not known to the entity'
  }
}

function shown(result: AnyResult): Compared {
  switch (result.kind) {
    case 'replied':
      return { events: result.events, reply: result.reply, state: result.state }
    case 'rejected':
      return { rejected: result.reason, details: result.details }
    case 'unhandled':
      return { unhandled: true }
  }
}

/** Values are compared as JSON has them: a property that is `undefined` is one that is missing. */
function isSame(actual: unknown, expected: unknown): boolean {
  return isDeepStrictEqual(withoutUndefined(actual), withoutUndefined(expected))
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutUndefined(field)]))
}

/** The error has the difference in its message, for runners that show no more, and both sides for those that do. */
function differ(headline: string, actual: Compared, expected: Compared): never {
  const { message } = new AssertionError({ actual, expected, operator: 'deepStrictEqual' })
  const [, ...difference] = message.split('\n')
  throw new AssertionError({
    message: [`${headline}.`, ...difference].join('\n').trimEnd(),
    actual,
    expected,
    // With an operator of its own Node.js would add the difference once more.
    operator: 'then',
  })
}
