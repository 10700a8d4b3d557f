import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '../../../src/testing/virtual-platform.ts'
import { runClients } from './clients.ts'
import type { JournalAddress } from './database.ts'
import { wasAcknowledged, wasInDoubt } from './history.ts'
import { judge } from './verdict.ts'
import { startWorkerPool } from './worker-pool.ts'

/** A run. The seed decides what is sent and who is killed; the operating system decides the rest. */
export interface ChaosOptions {
  readonly address: JournalAddress
  readonly seconds: number
  readonly processes: number
  readonly seed: number
}

/** What a run did, and what it broke. */
export interface ChaosReport {
  readonly seed: number
  readonly processes: number
  readonly commands: number
  readonly acknowledged: number
  readonly kills: number
  /** Commands whose answer was lost at least once. */
  readonly inDoubt: number
  /** Those of them that the journal holds. */
  readonly inDoubtWritten: number
  readonly conflicts: number
  readonly seconds: number
  readonly violations: readonly string[]
}

const accountCount = 6
const killEveryMs = 1_000
const clientsPerProcess = 4
/** Requests of killed processes still arrive. */
const settlingMs = 250

/** Lets clients work on processes that are killed one after the other, then checks what they were told. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { address, seconds, processes, seed } = options
  const random = seededRandom(seed)
  const accounts = Array.from({ length: accountCount }, (_, index) => `acc-${index}`)
  const pool = await startWorkerPool(address, processes, random)
  const startedAt = performance.now()
  let kills = 0
  const killing = setInterval(() => {
    if (pool.kill()) kills += 1
  }, killEveryMs)
  const entries = await runClients({
    clients: clientsPerProcess * processes,
    accounts,
    random,
    goesOn: () => performance.now() - startedAt < seconds * 1_000,
    execute: (request) => pool.execute(request),
  }).finally(() => clearInterval(killing))
  const tookSeconds = (performance.now() - startedAt) / 1_000
  const conflicts = pool.conflicts()
  await pool.stop()
  await delay(settlingMs)

  const { violations, written } = await judge(address, accounts, entries)
  const inDoubt = entries.filter(wasInDoubt)
  return {
    seed,
    processes,
    commands: entries.length,
    acknowledged: entries.filter(wasAcknowledged).length,
    kills,
    inDoubt: inDoubt.length,
    inDoubtWritten: inDoubt.filter(({ commandId }) => written.has(String(commandId))).length,
    conflicts,
    seconds: tookSeconds,
    violations,
  }
}

/** One line a person can read, and below it what broke. */
export function describeChaos(report: ChaosReport): string {
  const { commands, acknowledged, kills, inDoubt, inDoubtWritten, conflicts, violations } = report
  const line = `${commands} commands on ${report.processes} processes from seed ${report.seed}, ${acknowledged} acknowledged, ${kills} kills, ${inDoubt} in doubt (${inDoubtWritten} written), ${conflicts} conflicts, ${violations.length} violations, ${report.seconds.toFixed(1)} s`
  return [line, ...violations.map((violation) => `VIOLATION ${violation}`)].join('\n')
}
