import { seededRandom } from '../../../src/testing/virtual-platform.ts'
import { runClients } from '../chaos/clients.ts'
import type { JournalAddress } from '../chaos/database.ts'
import { wasAcknowledged, wasInDoubt } from '../chaos/history.ts'
import { judge } from '../chaos/verdict.ts'
import type { Artefact } from './artefact.ts'
import { startFleet } from './fleet.ts'

/** A run. The seed decides what is sent and who is struck; the operating system decides the rest. */
export interface LambdaRunOptions {
  readonly artefact: Artefact
  readonly address: JournalAddress
  /** At least so many. */
  readonly invocations: number
  /** At once. */
  readonly environments: number
  readonly seed: number
}

/** What a run did, and what it broke. */
export interface LambdaRunReport {
  readonly seed: number
  readonly commands: number
  readonly invocations: number
  readonly acknowledged: number
  /** Commands whose answer was lost at least once, or did not say. */
  readonly inDoubt: number
  /** Those of them that the journal holds. */
  readonly inDoubtWritten: number
  readonly struck: Readonly<Record<string, number>>
  /** Environments that were started, and in the median how long that took, and their first answer. */
  readonly started: number
  readonly initMs: number
  readonly firstAnswerMs: number
  readonly seconds: number
  readonly violations: readonly string[]
}

const accountCount = 3

/** Lets clients send commands to a fleet that is struck, then checks what they were told. */
export async function runOnLambda(options: LambdaRunOptions): Promise<LambdaRunReport> {
  const { artefact, address, invocations, environments, seed } = options
  const random = seededRandom(seed)
  const accounts = Array.from({ length: accountCount }, (_, index) => `acc-${index}`)
  const fleet = startFleet({ artefact, address, environments, random })
  const startedAt = performance.now()
  let sent = 0
  const history = await runClients({
    clients: environments,
    accounts,
    random,
    goesOn: () => sent < invocations,
    execute: (request) => {
      sent += 1
      return fleet.execute(request)
    },
  })
  const tookSeconds = (performance.now() - startedAt) / 1_000
  // What is still on its way to DynamoDB arrives first.
  await fleet.stop()
  const { violations, written } = await judge(address, accounts, history)
  const inDoubt = history.filter(wasInDoubt)
  return {
    seed,
    commands: history.length,
    invocations: sent,
    acknowledged: history.filter(wasAcknowledged).length,
    inDoubt: inDoubt.length,
    inDoubtWritten: inDoubt.filter(({ commandId }) => written.has(String(commandId))).length,
    struck: Object.fromEntries(fleet.struck),
    started: fleet.initMs.length,
    initMs: median(fleet.initMs),
    firstAnswerMs: median(fleet.firstAnswerMs),
    seconds: tookSeconds,
    violations: [
      ...violations,
      ...fleet.unanswered.map((what) => `every invocation that nobody kills is answered: ${what}`),
    ],
  }
}

/** A few lines a person can read, and below them what broke. */
export function describeLambdaRun(report: LambdaRunReport): string {
  const { commands, invocations, acknowledged, inDoubt, inDoubtWritten, violations } = report
  return [
    `${commands} commands in ${invocations} invocations of the artefact from seed ${report.seed}, ${acknowledged} acknowledged, ${inDoubt} in doubt (${inDoubtWritten} written), ${report.seconds.toFixed(1)} s`,
    `${report.started} environments, in the median ${Math.round(report.initMs)} ms to start and ${Math.round(report.firstAnswerMs)} ms to the first answer`,
    `struck: ${Object.entries(report.struck)
      .map(([name, count]) => `${count} × ${name}`)
      .join(', ')}`,
    violations.length === 0
      ? 'The history is linearizable: no violations'
      : `${violations.length} violations`,
    ...violations.map((violation) => `VIOLATION ${violation}`),
  ].join('\n')
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
