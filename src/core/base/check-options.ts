import type { RequestOptions } from './cost.ts'
import { describeValue } from './describe-value.ts'

/** What the value of an option must be, in the words that follow "must be", and the test of it. */
export type Check = readonly [must: string, isValid: (value: unknown) => boolean]

/** The name of every option there is. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true }

/** The options that every request takes. */
export const requestNames: OptionNames<RequestOptions> = { meter: true, signal: true }

/** The value of an option is a whole number in a range. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`
  return [
    `a whole number ${range}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  ]
}

/** The value of an option is one of these texts. */
export function oneOf(...values: readonly string[]): Check {
  return [values.map((value) => `'${value}'`).join(' or '), (value) => values.includes(value as string)]
}

/** The value of an option is a function. */
export const aFunction: Check = ['a function', (value) => typeof value === 'function']

/** The value of an option is a boolean. */
export const trueOrFalse: Check = ['true or false', (value) => typeof value === 'boolean']

/** Nobody checks the value of an option, or somebody else does. */
export const anything: Check = ['anything', () => true]

/** The check of every option there is, by its name. */
export type Checks<Options> = { readonly [Name in keyof Options]-?: Check }

/**
 * Throws `TypeError` for the first option that is unknown, and so may be misspelt, or is given and is not what its check asks
 * for. Makes no list of what is given: it runs for each command.
 *
 * @param of What takes the options: `'execute'`.
 * @param prefix Stands before the names in the message: `'retry.'`.
 */
export function checkOptions<Options extends object>(
  of: string,
  options: Options,
  checks: Checks<Options>,
  prefix = '',
): void {
  checkNames(of, options, checks)
  checkValues(options, checks, prefix)
}

/** The part of {@link checkOptions} about values: for options that somebody else takes as well. */
export function checkValues<Options extends object>(
  options: Options,
  checks: Checks<Options>,
  prefix = '',
): void {
  for (const name in options) {
    const value: unknown = options[name]
    const [must, isValid] = checks[name] ?? anything
    if (value !== undefined && !isValid(value))
      throw new TypeError(`${prefix}${name} must be ${must}, not ${describeValue(value)}.`)
  }
}

/** Throws `TypeError` on what is no object, and for an option whose name is not one of those in `known`. */
export function checkNames(of: string, options: object, known: object): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`${of} needs an object of options: ${Object.keys(known).join(', ')}.`)
  for (const name in options) {
    if (Object.hasOwn(known, name) || !Object.hasOwn(options, name)) continue
    const names = Object.keys(known).join(', ')
    throw new TypeError(`${of} has no option ${describeValue(name)}; its options are ${names}.`)
  }
}
