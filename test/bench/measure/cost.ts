import { localConfig, sdk } from '../sdk.ts'
import type { Contender, Deployment, Writer } from '../contenders/contender.ts'
import { type MeteredAttempt, meter } from './meter.ts'
import { type TableInspector, tableInspector } from './tables.ts'

/** What one command and one query of a contender cost with a history of so many events. */
export interface CostRow {
  readonly library: string
  readonly events: number
  /** Mean of `commands` commands. */
  readonly requests: number
  readonly readUnits: number
  readonly writeUnits: number
  readonly queryRequests: number
  readonly queryReadUnits: number
  /** Commands measured: ten, or one whole round of costs that come round again. */
  readonly commands: number
  /** What DynamoDB Local reported for the same commands, reads and writes together. */
  readonly localUnits: number
}

/** A contender that could not be measured, and why. */
export interface FailedRow {
  readonly library: string
  readonly error: string
}

/** As long as ids usually are: hand-written items and castore's are billed by it. */
const accountId = '5d0c2c3e-7a1b-4c55-9d0e-2f6a8b1c4e77'
const commandsMeasured = 10
/** The first snapshot ends one without a snapshot; the next is the first from which a process learns. */
const roundsToLearn = 2
/** Rounds longer than this are given up: something is wrong. */
const longestRound = 3_000

/** Fills one account of a contender to each length in turn and measures the commands that follow. */
export async function measureCost(
  endpoint: string,
  contender: Contender,
  lengths: readonly number[],
): Promise<readonly CostRow[]> {
  const { library, round } = contender
  const deployment = await contender.deploy(endpoint)
  // Another process fills, and looks for the end of a round: what it sends is not inspected, so it is quick.
  const filler = openMetered(deployment)
  const inspector = tableInspector(new sdk.DynamoDBClient(localConfig(endpoint)))
  const measured = openMetered(deployment, inspector)
  const rows: CostRow[] = []
  let deposits = 0
  const deposit = async ({ writer }: Metered) => {
    await writer.deposit(accountId)
    await writer.idle?.()
    deposits += 1
  }

  for (const events of lengths) {
    const missing = Math.max(0, events - deposits - 1)
    await filler.writer.fill(accountId, missing)
    deposits += missing
    const goesRound = round !== undefined && events >= round.from
    if (goesRound && round.learns) {
      for (let n = 0; n < roundsToLearn; n++) await commandsUntil(measured, round.ends, deposit)
    } else if (goesRound) await commandsUntil(filler, round.ends, deposit)
    // Warms what is to be warm. It belongs to the round that has begun, so one more is measured at its end.
    await deposit(measured)
    const first = measured.attempts.length
    let commands = goesRound ? await commandsUntil(measured, round.ends, deposit) : 0
    for (const enough = goesRound ? commands + 1 : commandsMeasured; commands < enough; commands++) {
      await deposit(measured)
    }
    const sent = measured.attempts.slice(first)
    const balance = await measured.writer.balance(accountId)
    if (balance !== deposits) throw new Error(`the balance is ${balance} after ${deposits} deposits of 1`)
    const query = measured.attempts.slice(first + sent.length)
    rows.push({
      library,
      events,
      requests: sent.length / commands,
      readUnits: sum(sent, 'readUnits') / commands,
      writeUnits: sum(sent, 'writeUnits') / commands,
      queryRequests: query.length,
      queryReadUnits: sum(query, 'readUnits'),
      commands,
      localUnits: sum(sent, 'localUnits') / commands,
    })
  }
  filler.writer.client.destroy()
  measured.writer.client.destroy()
  return rows
}

interface Metered {
  readonly writer: Writer
  readonly attempts: readonly MeteredAttempt[]
}

function openMetered(deployment: Deployment, inspector?: TableInspector): Metered {
  const writer = deployment.open()
  return { writer, attempts: meter(writer.client, inspector) }
}

/** Deposits until an attempt ends a round; returns the number of deposits. */
async function commandsUntil(
  metered: Metered,
  ends: (attempt: MeteredAttempt) => boolean,
  deposit: (metered: Metered) => Promise<void>,
): Promise<number> {
  for (let commands = 1; commands <= longestRound; commands++) {
    const before = metered.attempts.length
    await deposit(metered)
    if (metered.attempts.slice(before).some(ends)) return commands
  }
  throw new Error(`no round of costs ended within ${longestRound} commands`)
}

/** Adds up one figure of some attempts. */
export function sum(
  attempts: readonly MeteredAttempt[],
  figure: 'readUnits' | 'writeUnits' | 'localUnits',
): number {
  return attempts.reduce((total, attempt) => total + attempt[figure], 0)
}
