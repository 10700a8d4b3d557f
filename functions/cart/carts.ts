import { view } from 'tailfold/views'
import { cart } from './cart.ts'

/** Carts by their status, the ones with most lines last. An empty cart has no row. */
export const carts = view({
  name: 'carts',
  from: cart,
  row: (state) => {
    if (state.status === 'empty') return null
    const { items } = state.status === 'active' ? state : state.receipt
    const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
    return { status: state.status, lines: items.length, total }
  },
  indexes: { byStatus: { by: ({ status }) => status, sort: ({ lines }) => lines } },
})
