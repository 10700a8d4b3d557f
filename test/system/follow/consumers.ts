import { account } from '../../../functions/bank/account.ts'
import { balances } from '../../../functions/bank/balances.ts'
import { type Consumer, consumer } from 'tailfold/consumers'
import { projection } from 'tailfold/views'

/** What `seen` tells of one event. */
export interface SeenEvent {
  readonly entityId: string
  readonly sequenceNr: number
  /** `meta.id`: what an effect is keyed by. */
  readonly id: string
}

/** Deposits and their sum, for each account: wrong as soon as one event counts twice or not at all. */
export const deposits = projection({
  name: 'deposits',
  from: account,
  initialRow: { count: 0, total: 0 },
  key: (_event, { entity }) => entity.entityId,
  on: {
    Deposited: ({ count, total }, { amount }) => ({ count: count + 1, total: total + amount }),
  },
})

/** Everything that follows the commits of a run. */
export function consumersOfRun(tell: (seen: SeenEvent) => void): readonly Consumer[] {
  const seen = consumer({
    name: 'seen',
    version: 1,
    from: account,
    startFrom: 'beginning',
    handle: async (_event, { entity, sequenceNr, id }) => tell({ entityId: entity.entityId, sequenceNr, id }),
  })
  return [seen, balances, deposits]
}

export { account, balances }
