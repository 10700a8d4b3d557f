import { view } from 'tailfold/views'
import { counter } from '../helpers/counter.ts'

/** Two versions of a view, as a program exports them for `tailfold views`. */
export const sumsOne = view({ name: 'sums', from: counter, row: ({ sum }) => ({ sum }) })
export const sumsTwo = view({
  name: 'sums',
  version: 2,
  from: counter,
  row: ({ sum }) => ({ sum, even: sum % 2 === 0 }),
  indexes: { byEven: { by: ({ even }) => even, sort: ({ sum }) => sum } },
})
/** What rows of version 2 should have been, say. */
export const changed = [view({ ...definition(), row: ({ sum }) => ({ sum: sum + (sum === 7 ? 1 : 0) }) })]

function definition() {
  return { name: 'changed', from: counter } as const
}
