import type { TypedMessage } from '../../core/entity/message.ts'
import { seededRandom } from '../virtual-platform.ts'

/** What can go wrong with one request to the store. */
export const storeFaults = [
  'lost-before-apply',
  'applied-reply-lost',
  'applied-then-500',
  'refused-with-500',
  'throttled',
  'transaction-conflict',
  'late-apply',
  'hang',
  'page-of-one',
  'snapshot-lost',
  'snapshot-stale',
] as const
export type StoreFault = (typeof storeFaults)[number]

/** What can happen to a process or to its clock. */
export const processFaults = ['crash', 'freeze', 'clock-jump', 'code-change'] as const
export type ProcessFault = (typeof processFaults)[number]

/** What callers do to a command. */
export const callerFaults = ['repeat-now', 'repeat-later', 'reused-id', 'oversize'] as const
export type CallerFault = (typeof callerFaults)[number]

export type FaultClass = StoreFault | ProcessFault | CallerFault

/** One command on its way in, all decided beforehand so that a history can be run again, and shrunk. */
export interface PlannedOperation {
  readonly name: string
  /** Equal for all that are the same command: repeats under one command id. Travels in the command and its events. */
  readonly marker: string
  readonly atMs: number
  readonly process: number
  readonly entityId: string
  readonly command: TypedMessage
  readonly commandId: string | undefined
  readonly expectedRevision: number | undefined
  /** The caller believes, rightly or not, that the entity is new. */
  readonly expect: 'new' | undefined
  /** Milliseconds the caller gives it. */
  readonly patienceMs: number
  readonly caller: CallerFault | undefined
}

/** A fault of the n-th request that any process sends. */
export interface PlannedStoreFault {
  readonly request: number
  readonly fault: StoreFault
  readonly forMs: number
}

/** A fault of a process at a time, or at the n-th time it waits for something. */
export interface PlannedProcessFault {
  readonly atMs: number
  readonly process: number
  readonly fault: ProcessFault
  readonly forMs: number
}

/** Everything that decides a history. Equal plans give equal histories. */
export interface Plan {
  readonly seed: number
  readonly processes: number
  /** Whether states may ride in commits, and how many events make a snapshot due. */
  readonly inlineState: boolean
  readonly snapshotEvery: number
  readonly dedupe: 'window' | 'always'
  readonly operations: readonly PlannedOperation[]
  readonly storeFaults: readonly PlannedStoreFault[]
  readonly processFaults: readonly PlannedProcessFault[]
  /** Crash a process when it comes to wait for the n-th time. */
  readonly crashAtWait?: { readonly process: number; readonly wait: number }
}

/** What a plan is made from. */
export interface PlanOptions<Command extends TypedMessage> {
  readonly seed: number
  readonly operations: number
  readonly processes: number
  readonly entities: number
  readonly command: (random: () => number) => Command
  readonly oversized: ((random: () => number) => Command) | undefined
}

/** Draws a plan: commands of several callers within a few seconds, and faults to go with them. */
export function drawPlan<Command extends TypedMessage>(options: PlanOptions<Command>): Plan {
  const { seed, processes, entities } = options
  const random = seededRandom(seed)
  const whole = (below: number) => Math.floor(random() * below)
  const chance = (probability: number) => random() < probability
  /** Histories differ in how much goes wrong, from nothing to one request in three. */
  const trouble = chance(0.15) ? 0 : random() * 0.3
  const spanMs = [20, 200, 1_000, 5_000][whole(4)] as number
  const operations: PlannedOperation[] = []

  for (let index = 0; operations.length < options.operations; index++) {
    const oversize = options.oversized !== undefined && chance(0.02)
    const operation: PlannedOperation = {
      name: `op${index}`,
      marker: `op${index}`,
      atMs: whole(spanMs),
      process: whole(processes),
      entityId: `e${whole(entities)}`,
      command: oversize && options.oversized ? options.oversized(random) : options.command(random),
      commandId: chance(0.6) ? `c${index}` : undefined,
      expectedRevision: chance(0.05) ? whole(20) : undefined,
      expect: chance(0.1) ? 'new' : undefined,
      patienceMs: chance(0.2) ? 50 + whole(500) : 10_000,
      caller: oversize ? 'oversize' : undefined,
    }
    operations.push(operation)
    if (operation.commandId === undefined || operations.length >= options.operations || !chance(0.35))
      continue
    const again = { process: whole(processes), patienceMs: 10_000 }
    const kind = random()
    if (kind < 0.4) {
      operations.push({ ...operation, ...again, name: `${operation.name}'`, caller: 'repeat-now' })
    } else if (kind < 0.85) {
      const atMs = operation.atMs + 20 + whole(4_000)
      operations.push({ ...operation, ...again, name: `${operation.name}'`, atMs, caller: 'repeat-later' })
    } else {
      const command = options.command(random)
      const atMs = operation.atMs + whole(1_000)
      const name = `${operation.name}*`
      operations.push({ ...operation, ...again, name, marker: name, atMs, command, caller: 'reused-id' })
    }
  }

  const plannedStoreFaults: PlannedStoreFault[] = []
  for (let request = 0; request < options.operations * 6; request++) {
    if (!chance(trouble)) continue
    const fault = storeFaults[whole(storeFaults.length)] as StoreFault
    const burst = fault === 'throttled' ? 1 + whole(4) : 1
    for (let n = 0; n < burst; n++)
      plannedStoreFaults.push({ request: request + n, fault, forMs: 50 + whole(8_000) })
  }
  const plannedProcessFaults: PlannedProcessFault[] = []
  for (let n = trouble === 0 ? 0 : whole(5); n > 0; n--) {
    const fault = processFaults[whole(processFaults.length)] as ProcessFault
    const forMs = fault === 'clock-jump' ? whole(20_000) - 10_000 : 10 + whole(6_000)
    plannedProcessFaults.push({ atMs: whole(spanMs + 500), process: whole(processes), fault, forMs })
  }
  return {
    seed,
    processes,
    inlineState: chance(0.5),
    snapshotEvery: 1 + whole(6),
    dedupe: chance(0.25) ? 'always' : 'window',
    operations,
    storeFaults: plannedStoreFaults,
    processFaults: plannedProcessFaults,
  }
}
