import { checkNames } from '../core/base/check-options.ts'
import { checkOptionsObject, describeValue } from '../core/base/describe-value.ts'
import type { IndexDefinition, IndexDefinitions } from './view-shape.ts'

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
const mostIndexes = 3

/**
 * The indexes of a definition, in the order in which they were declared. Throws `TypeError` for what cannot work.
 *
 * @param what Names the definition: `'view carts'`.
 */
export function checkIndexes<Row>(
  what: string,
  indexes: IndexDefinitions<Row>,
): ReadonlyArray<IndexDefinition<Row> & { readonly name: string }> {
  checkOptionsObject(`The indexes of ${what}`, indexes)
  const entries = Object.entries(indexes)
  if (entries.length > mostIndexes) {
    const problem = `has ${entries.length} indexes; at most ${mostIndexes} are possible.`
    throw new TypeError(`${what[0]?.toUpperCase()}${what.slice(1)} ${problem}`)
  }
  return entries.map(([name, index]) => {
    if (!namePattern.test(name))
      throw new TypeError(
        `Index name ${describeValue(name)} of ${what} is not valid: use letters, digits, "_" or "-".`,
      )
    const own = `Index ${name} of ${what}`
    checkNames(own, index, { by: true, sort: true })
    const { by, sort } = index
    if (typeof by !== 'function') throw new TypeError(`${own} needs a function by.`)
    if (sort !== undefined && typeof sort !== 'function')
      throw new TypeError(`sort of index ${name} of ${what} must be a function.`)
    return { name, by, ...(sort && { sort }) }
  })
}

/** Names of indexes as part of what a definition is compared by. */
export function indexNames<Row>(
  indexes: ReadonlyArray<IndexDefinition<Row> & { readonly name: string }>,
): string {
  const names = indexes.map(({ name, sort }) => (sort === undefined ? name : `${name} (sorted)`))
  return names.join(', ') || 'none'
}
