import { describeValue } from './describe-value.ts'

/** What the value of an option must be, in the words that follow "must be", and the test of it. */
export type Check = readonly [must: string, isValid: (value: unknown) => boolean]

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

/**
 * Throws `TypeError` for the first option that is given and is not what its check asks for.
 *
 * @param prefix Stands before the names in the message: `'retry.'`.
 */
export function checkOptions<Options extends object>(
  options: Options,
  checks: { readonly [Name in keyof Options]?: Check },
  prefix = '',
): void {
  for (const name in checks) {
    const value: unknown = options[name]
    const [must, isValid] = checks[name] as Check
    if (value !== undefined && !isValid(value))
      throw new TypeError(`${prefix}${name} must be ${must}, not ${describeValue(value)}.`)
  }
}
