import { describeValue } from '../core/base/describe-value.ts'

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

/**
 * The id of a definition: `'carts@2'`. Throws `TypeError` for a name or version that is not valid.
 *
 * @param kind What is defined: `'view'`.
 */
export function idOf(kind: 'consumer' | 'view' | 'projection', name: string, version: number): string {
  if (typeof name !== 'string' || !namePattern.test(name)) {
    const subject = `${kind[0]?.toUpperCase()}${kind.slice(1)} name ${describeValue(name)}`
    throw new TypeError(`${subject} is not valid: use 1 to 64 letters, digits, "_" or "-", a letter first.`)
  }
  if (!Number.isSafeInteger(version) || version < 1)
    throw new TypeError(`The version of ${kind} ${name} must be a whole number from 1 on.`)
  return `${name}@${version}`
}

/** Throws `TypeError` for the id of a consumer that there is not. */
export function checkKnown(id: string | undefined, consumers: readonly { readonly id: string }[]): void {
  if (id === undefined || consumers.some((each) => each.id === id)) return
  const ids = consumers.map((each) => each.id).join(', ')
  throw new TypeError(
    `There is no consumer ${describeValue(id)}: there are ${ids}. Name one with its version.`,
  )
}
