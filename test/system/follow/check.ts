import type { SeenEvent } from './consumers.ts'

/** A command that a writer was told to be carried out. */
export interface Acknowledged {
  readonly entityId: string
  readonly revision: number
}

/** An account at the end of a run. */
export interface Account {
  readonly entityId: string
  /** Events in the journal; each is a deposit of 1. */
  readonly sequenceNr: number
  readonly balance: number
  /** The row of the view. */
  readonly row: { readonly balance: number } | undefined
  /** The row of the projection. */
  readonly deposited: { readonly count: number; readonly total: number } | undefined
}

/** Events in the journal that the consumer has not seen. */
export function missingSights(accounts: readonly Account[], seen: readonly SeenEvent[]): number {
  const all = accounts.reduce((sum, { sequenceNr }) => sum + sequenceNr, 0)
  return all - new Set(seen.map(({ id }) => id)).size
}

/** What a run broke. */
export function violationsOf(
  accounts: readonly Account[],
  acknowledged: readonly Acknowledged[],
  seen: readonly SeenEvent[],
): readonly string[] {
  return accounts.flatMap((account) => {
    const { entityId, sequenceNr, balance, row, deposited } = account
    const told = acknowledged.filter((each) => each.entityId === entityId)
    return [
      ...(new Set(told.map(({ revision }) => revision)).size < told.length
        ? [`${entityId}: two commands were told the same revision`]
        : []),
      ...(told.some(({ revision }) => revision > sequenceNr)
        ? [`${entityId}: an acknowledged command is lost`]
        : []),
      ...(row?.balance === balance ? [] : [`${entityId}: its row has ${row?.balance}, its state ${balance}`]),
      ...(deposited?.count === sequenceNr && deposited.total === balance
        ? []
        : [`${entityId}: the projection counts ${deposited?.count} of ${sequenceNr} deposits`]),
      ...orderViolations(account, seen),
    ]
  })
}

/** What was wrong in the order of one account: an event may come again, but none before the one that precedes it. */
function orderViolations({ entityId, sequenceNr }: Account, seen: readonly SeenEvent[]): readonly string[] {
  const violations: string[] = []
  const numbers = new Map<string, number>()
  let newest = 0
  for (const event of seen) {
    if (event.entityId !== entityId) continue
    if (event.sequenceNr > newest + 1)
      violations.push(`${entityId}: event ${event.sequenceNr} came after ${newest}`)
    if ((numbers.get(event.id) ?? event.sequenceNr) !== event.sequenceNr)
      violations.push(`${entityId}: two events have the id ${event.id}`)
    numbers.set(event.id, event.sequenceNr)
    newest = Math.max(newest, event.sequenceNr)
  }
  if (newest !== sequenceNr) violations.push(`${entityId}: ${newest} of ${sequenceNr} events were seen`)
  return violations
}
