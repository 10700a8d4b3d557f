import type { Contender } from '../contenders/contender.ts'
import { count } from '../counts.ts'
import { sum } from './cost.ts'
import { meter } from './meter.ts'

/** Processes' worth of writers, each with a client of its own, and the deposits of each. */
export const contentionLoad = { writers: count(16, 4), deposits: count(20, 2) }

/** How a contender fares when many processes write one entity. */
export interface ContentionRow {
  readonly library: string
  readonly issued: number
  /** Deposits that resolved. */
  readonly succeeded: number
  /** Deposits issued that the final balance does not hold. */
  readonly lost: number
  readonly requestsPerSuccess: number
  readonly unitsPerSuccess: { readonly read: number; readonly write: number }
  readonly balance: number
  readonly slowestMs: number
  /** The failures that callers received, by name. */
  readonly failures: Readonly<Record<string, number>>
}

/** Writers with clients of their own deposit into one account, all at once, each so many times. */
export async function measureContention(
  endpoint: string,
  contender: Contender,
  { writers, deposits } = contentionLoad,
): Promise<ContentionRow> {
  const deployment = await contender.deploy(endpoint)
  const processes = Array.from({ length: writers }, () => deployment.open())
  const attempts = processes.map(({ client }) => meter(client))
  // The account exists before the race, as hot ones do.
  await deployment.open().deposit('hot')
  let succeeded = 0
  let slowestMs = 0
  const failures: Record<string, number> = {}

  await Promise.all(
    processes.map(async (writer) => {
      for (let n = 0; n < deposits; n++) {
        const startedAt = performance.now()
        try {
          await writer.deposit('hot')
          succeeded += 1
        } catch (error) {
          const name = error instanceof Error ? error.constructor.name : String(error)
          failures[name] = (failures[name] ?? 0) + 1
        }
        slowestMs = Math.max(slowestMs, performance.now() - startedAt)
      }
      await writer.idle?.()
    }),
  )

  const balance = (await deployment.open().balance('hot')) - 1
  const sent = attempts.flat()
  const issued = writers * deposits
  for (const { client } of processes) client.destroy()
  return {
    library: contender.library,
    issued,
    succeeded,
    lost: issued - balance,
    requestsPerSuccess: sent.length / succeeded,
    unitsPerSuccess: { read: sum(sent, 'readUnits') / succeeded, write: sum(sent, 'writeUnits') / succeeded },
    balance,
    slowestMs,
    failures,
  }
}
