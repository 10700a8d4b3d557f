import { projection } from 'tailfold/views'
import { cart } from './cart.ts'

/** Carts that were checked out and what they came to, per day in UTC. */
export const turnover = projection({
  name: 'turnover',
  from: cart,
  initialRow: { carts: 0, total: 0 },
  key: (_event, { timestamp }) => new Date(timestamp).toISOString().slice(0, 10),
  on: {
    CheckedOut: ({ carts, total }, { receipt }) => ({ carts: carts + 1, total: total + receipt.total }),
  },
})
