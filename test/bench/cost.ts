import { contenders } from './contenders/index.ts'
import type { Contender } from './contenders/contender.ts'
import { tiny } from './counts.ts'
import type { Machine } from './machine.ts'
import { type ContentionRow, measureContention } from './measure/contention.ts'
import { type CostRow, type FailedRow, measureCost } from './measure/cost.ts'
import { progress, withDatabase } from './measure/database.ts'
import { type LostReplyRow, measureLostReply } from './measure/lost-reply.ts'

/** Result of `npm run bench:cost -- --json`. */
export interface CostResult {
  readonly machine: Machine
  /** How each library is used. */
  readonly how: Readonly<Record<string, string>>
  readonly rows: readonly (CostRow | FailedRow)[]
  readonly contention: readonly (ContentionRow | FailedRow)[]
  readonly lostReply: readonly (LostReplyRow | FailedRow)[]
}

/** Histories, in events, at which commands and queries are priced. */
export const lengths: readonly number[] = tiny ? [10] : [10, 100, 1_000]

/** A large state changes the units of a contended command or a lost reply, not its course. */
const plain = contenders.filter(({ library }) => !library.includes('KB state'))

/** Counts and prices the requests of all contenders, races their writers and drops one reply of each. */
export function runCost(): Promise<CostResult> {
  return withDatabase(async (endpoint, machine) => ({
    machine,
    how: Object.fromEntries(contenders.map(({ library, how }) => [library, how])),
    rows: await each('cost', contenders, (contender) => measureCost(endpoint, contender, lengths)),
    contention: await each('contention', plain, async (contender) => [
      await measureContention(endpoint, contender),
    ]),
    lostReply: await each('lost reply', plain, async (contender) => [
      await measureLostReply(endpoint, contender),
    ]),
  }))
}

/** One contender that fails is a row that says so. */
async function each<Row>(
  what: string,
  list: readonly Contender[],
  measure: (contender: Contender) => Promise<readonly Row[]>,
): Promise<readonly (Row | FailedRow)[]> {
  const rows: (Row | FailedRow)[] = []
  for (const contender of list) {
    const startedAt = performance.now()
    try {
      rows.push(...(await measure(contender)))
    } catch (error) {
      rows.push({ library: contender.library, error: String(error) })
    }
    progress(`${what}: ${contender.library}, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  }
  return rows
}
