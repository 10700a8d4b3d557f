import { type Consumer, consumer } from 'tailfold/consumers'
import { account } from './account.ts'

const largeAmount = 10_000

/** Reports each deposit and withdrawal of 10,000 and more. A report may come again after a crash, with the same id. */
export function largeMovements(report: (line: string) => void): Consumer {
  return consumer({
    name: 'large-movements',
    from: account,
    handle({ type, amount }, { entity, id }) {
      if (amount >= largeAmount)
        report(`Large movement ${id}: ${type} ${amount} on account ${entity.entityId}`)
    },
  })
}
