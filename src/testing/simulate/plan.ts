import type { Principal, TypedMessage } from '../../core/entity/message.ts'
import type { CallerClass, StoreFault, TimedFault } from './classes.ts'

/** What all requests of callers have in common. */
interface PlannedRequest {
  readonly name: string
  readonly atMs: number
  readonly process: number
  readonly tenant: string | undefined
  readonly entityId: string
  /** Milliseconds the caller gives it. */
  readonly patienceMs: number
  readonly caller: CallerClass | undefined
}

/** One sending of a command. */
export interface PlannedCommand extends PlannedRequest {
  readonly kind: 'command'
  /** Identifies the sending: the trace id under which its commit is found. */
  readonly number: number
  /** Equal for all sendings of one command: repeats under one command id. */
  readonly marker: string
  readonly command: TypedMessage
  readonly commandId: string | undefined
  readonly principal: Principal | undefined
  readonly expectedRevision: number | undefined
  /** The caller believes, rightly or not, that the entity is new. */
  readonly expect: 'new' | undefined
}

/** A read of the current state. */
export interface PlannedRead extends PlannedRequest {
  readonly kind: 'read'
}

/** A read of a past state. `value` of `at`: milliseconds since the beginning of the history. */
export interface PlannedReadPast extends PlannedRequest {
  readonly kind: 'read-past'
  readonly by: 'revision' | 'sequenceNr' | 'at'
  readonly value: number
}

/** One request on its way in, decided beforehand so that a history can be run again, and shrunk. */
export type PlannedOperation = PlannedCommand | PlannedRead | PlannedReadPast

/** A fault of the n-th request that any process sends. */
export interface PlannedStoreFault {
  readonly request: number
  readonly fault: StoreFault
  readonly forMs: number
}

/** A fault at a time. `forMs` of a restore: how far back it goes. */
export interface PlannedTimedFault {
  readonly atMs: number
  readonly process: number
  readonly fault: TimedFault
  readonly forMs: number
}

/** How a process is set up. */
export interface Configuration {
  /** Whether it runs code of the next schema version. */
  readonly newCode: boolean
  readonly dedupeWindow: number
  readonly dedupeForSeconds: number
  readonly cachedEntities: number
  readonly maxBatch: number
  /** Whether its commands come through actors, which end when an entity stops. */
  readonly actors: boolean
}

/** Everything that decides a history. Equal plans give equal histories. */
export interface Plan {
  readonly seed: number
  readonly processes: number
  /** Process i starts as number i of these, counted round, and becomes the next one at each change of code. */
  readonly configurations: readonly Configuration[]
  /** How far the clock of each process is off, in milliseconds. */
  readonly clockOffsetsMs: readonly number[]
  readonly journal: 'store' | 'four-methods'
  /** How little of the ids fits into a billed unit of the store, and into one append. */
  readonly limits: { readonly billedBytes: number; readonly maxCommandIds: number }
  /** Whether states may ride in commits, and how many events make a snapshot due. */
  readonly inlineState: boolean
  readonly snapshotEvery: number
  readonly dedupe: 'window' | 'always'
  /** Handlers try to change all that they are given. */
  readonly mutatingHandlers: boolean
  /** Longest time that a handler takes, in milliseconds. */
  readonly handlerMs: number
  readonly operations: readonly PlannedOperation[]
  readonly storeFaults: readonly PlannedStoreFault[]
  readonly timedFaults: readonly PlannedTimedFault[]
  /** Crash a process when it comes to wait for the n-th time. */
  readonly crashAtWait?: { readonly process: number; readonly wait: number }
}

/** Clocks differ by less than a minute. */
export const largestClockOffsetMs = 29_000
