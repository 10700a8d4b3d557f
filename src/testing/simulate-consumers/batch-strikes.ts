import type { ConsumerFault } from './classes.ts'
import { type ConsumersPlan, strikes } from './plan.ts'

/** The faults of the batches, each of which strikes once however often its batch is delivered. */
export interface BatchStrikes {
  /** Whether a fault strikes now. */
  once(batch: number, fault: ConsumerFault): boolean
  /** Whether a batch comes for the first time. */
  isNew(batch: number): boolean
}

/** Begins with none that has struck. */
export function batchStrikes(plan: ConsumersPlan, add: (fault: ConsumerFault) => void): BatchStrikes {
  const struck = new Set<string>()
  const seen = new Set<number>()
  return {
    once(batch, fault) {
      const name = `${batch} ${fault}`
      if (!strikes(plan, batch, fault) || struck.has(name)) return false
      struck.add(name)
      add(fault)
      return true
    },
    isNew(batch) {
      const isNew = !seen.has(batch)
      seen.add(batch)
      return isNew
    },
  }
}
