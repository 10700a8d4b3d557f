import type { AccountEvent } from '../bank/account.ts'
import type { CastoreEvent } from './castore-table.ts'

/** The events of the bank account in its castore days. Replace it by yours. */
export function toAccountEvent({ type, payload }: CastoreEvent): AccountEvent {
  const { amount } = payload as { amount: number }
  switch (type) {
    case 'DEPOSITED':
      return { type: 'Deposited', amount }
    case 'WITHDRAWN':
      return { type: 'Withdrawn', amount }
    default:
      throw new Error(`there is no event ${type} of an account`)
  }
}
