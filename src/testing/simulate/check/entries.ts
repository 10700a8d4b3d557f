import type { TypedMessage } from '../../../core/entity/message.ts'
import type { Commit, Receipt } from '../../../core/journal/commit.ts'
import type { CommandInvocation } from '../history.ts'
import { numberOf } from '../mark.ts'
import type { Durable } from '../simulated-disk.ts'
import { type Problem, problem } from './violation.ts'

/** A command's place in the journal: its events, or its recorded answer alone. */
export interface Entry {
  readonly sent: CommandInvocation
  readonly revision: number
  readonly timestamp: number
  readonly durable: Durable | undefined
  readonly events: readonly TypedMessage[]
  readonly receipt: Receipt | undefined
}

/** Finds the entries of a commit, in order; throws what is wrong with it as a {@link Problem}. */
export function entriesOf(
  { revision, timestamp, events, receipts, causes = [] }: Commit,
  durable: Durable | undefined,
  sendings: ReadonlyMap<number, CommandInvocation>,
): readonly Entry[] | Problem {
  const at = `revision ${revision}`
  const receiptsLeft = [...receipts]
  const entries: Entry[] = []
  let next = 0
  for (const { firstEvent, eventCount, principal, traceparent } of causes) {
    const sent = sendings.get(numberOf(traceparent) ?? -1)
    if (sent === undefined)
      return problem('every event belongs to a command', [], `${at} names an unknown one`)
    const { name, commandId, principal: sender } = sent.operation
    if (firstEvent !== next) return problem('every event belongs to a command', [name], `${at} skips events`)
    if (principal !== sender?.id) return problem('a commit names its principal', [name], at)
    const receipt = commandId === undefined ? undefined : receiptsLeft.shift()
    if (commandId !== undefined && !isReceiptOf(receipt, commandId, firstEvent, eventCount))
      return problem('a command id has its receipt', [name], at)
    next += eventCount
    const own = events.slice(firstEvent, next) as readonly TypedMessage[]
    entries.push({ sent, revision, timestamp, durable, events: own, receipt })
  }
  if (next !== events.length) return problem('every event belongs to a command', [], `${at} has more events`)
  if (receiptsLeft.length > 0) return problem('a command id has its receipt', [], `${at} has more receipts`)
  return entries
}

function isReceiptOf(
  receipt: Receipt | undefined,
  commandId: string,
  firstEvent: number,
  eventCount: number,
) {
  if (receipt?.commandId !== commandId) return false
  return receipt.firstEvent === firstEvent && receipt.eventCount === eventCount
}

/** Entries of equal names have the same command id of the same principal; `undefined` without an id. */
export function idOf({ commandId, principal }: CommandInvocation['operation']): string | undefined {
  return commandId === undefined ? undefined : JSON.stringify([principal?.id, commandId])
}
