import { invalidCommand } from '../problem/problem.ts'

/** Where the scan is: in an object or an array, at one of its values. */
interface Level {
  /** Names of the object so far, made for its second name; `undefined` in an array. */
  names: Set<string> | undefined
  /** The name, or the index, of the value that comes next. */
  at: string | number
}

const quote = 34
const comma = 44
const minus = 45
const zero = 48
const nine = 57
const openBracket = 91
const backslash = 92
const closeBracket = 93
const openBrace = 123
const closeBrace = 125

/** Shorter numbers without a point or an exponent are exact. */
const exactDigits = 15

/**
 * Refuses what JSON text can say and programs read differently, or a journal cannot bear: an object that names a
 * field twice, however it is spelled; a field named `__proto__`; more than `maxDepth` levels; a number beyond 2^53 - 1 on
 * either side of zero, and one that is not zero but too small to be told from it. `JSON.parse` accepts all of these, and
 * changes most. Takes time in proportion to the text, and memory for its names. Throws `invalid-command` with a pointer, and
 * `SyntaxError` on some texts that are no JSON; others pass.
 */
export function checkJsonText(text: string, maxDepth: number): void {
  const levels: Level[] = []
  let level: Level | undefined
  let isName = false

  const fail = (problem: string): never => {
    throw invalidCommand(problem, pointerOf(levels))
  }

  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === quote) {
      const end = endOfText(text, at)
      if (isName && level !== undefined) takeName(level, text.slice(at, end + 1), fail)
      isName = false
      at = end
    } else if (unit === openBrace || unit === openBracket) {
      if (levels.length === maxDepth) fail(`it is nested more than ${maxDepth} levels deep`)
      isName = unit === openBrace
      level = isName ? { names: new Set(), at: '' } : { names: undefined, at: 0 }
      levels.push(level)
    } else if (unit === closeBrace || unit === closeBracket) {
      levels.pop()
      level = levels.at(-1)
      isName = false
    } else if (unit === comma) {
      isName = level?.names !== undefined
      if (typeof level?.at === 'number') level.at += 1
    } else if (unit === minus || (unit >= zero && unit <= nine)) {
      const end = endOfNumber(text, at)
      if (end - at > exactDigits || !isDigits(text, at + 1, end)) checkNumber(text.slice(at, end), fail)
      at = end - 1
    }
  }
}

function takeName(level: Level, token: string, fail: (problem: string) => never): void {
  const name = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
  level.at = name
  if (name === '__proto__') fail('a field must not be named `__proto__`')
  if (level.names?.has(name)) fail('an object in it has two fields of one name')
  level.names?.add(name)
}

function checkNumber(number: string, fail: (problem: string) => never): void {
  const problem = numberProblem(number)
  if (problem === 'large')
    fail('a number is beyond 2^53 - 1, where JavaScript is not exact; send it as a string')
  if (problem === 'small') fail('a number is too small to be told from 0')
}

/** Why JavaScript cannot hold a number as it is written. */
export function numberProblem(number: string): 'large' | 'small' | undefined {
  const value = Number(number)
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return 'large'
  return value === 0 && /^-?[0.]*[1-9]/.test(number) ? 'small' : undefined
}

/** Index of the quote that ends the text which begins at `from`: the first with an even number of backslashes before it. */
function endOfText(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let start = end
    while (text.charCodeAt(start - 1) === backslash) start -= 1
    if ((end - start) % 2 === 0) return end
  }
  return text.length
}

function endOfNumber(text: string, from: number): number {
  let end = from + 1
  while (isInNumber(text.charCodeAt(end))) end += 1
  return end
}

/** Digits, `+`, `-`, `.`, `e` and `E`. */
function isInNumber(unit: number): boolean {
  return (unit >= zero && unit <= nine) || unit === 43 || unit === minus || unit === 46 || (unit | 32) === 101
}

function isDigits(text: string, from: number, end: number): boolean {
  for (let at = from; at < end; at++)
    if (text.charCodeAt(at) > nine || text.charCodeAt(at) < zero) return false
  return true
}

function pointerOf(levels: readonly Level[]): string {
  return levels.map(({ at }) => `/${String(at).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
