import type { EntityKey } from '../../core/base/entity-key.ts'
import type { TailfoldError } from '../../core/base/errors.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import type { StateAt } from '../../core/engine/view.ts'
import type { Outcome } from '../../core/engine/outcome.ts'
import type { Commit } from '../../core/journal/commit.ts'
import type { PastPoint } from '../../core/history/past-state.ts'
import type { FaultClass } from './classes.ts'
import type { FoundState } from './journals.ts'
import type { Plan, PlannedCommand, PlannedRead, PlannedReadPast } from './plan.ts'
import type { Durable } from './simulated-disk.ts'

/** One request as its caller saw it. Steps number everything that happens, in order. */
export type Invocation = CommandInvocation | ReadInvocation

/** What came of a request. */
export interface Settled<Result> {
  readonly invokedAt: number
  /** `undefined` when there was no answer. */
  readonly returnedAt: number | undefined
  readonly result: Result | Failed | undefined
  /** True when the process crashed, so that no answer need have come. */
  readonly orphaned: boolean
}

/** It ended with an error. */
export interface Failed {
  readonly kind: 'error'
  readonly error: TailfoldError
}

export type CommandInvocation = Settled<Outcome> & {
  readonly operation: PlannedCommand
  /** The actor it was sent through, if any: equal for commands that end together. */
  readonly actor: object | undefined
  /** The command as its schema makes it; `undefined` where it does not fit. Frozen. */
  readonly parsed: TypedMessage | undefined
  /** What the handler was given, once for each time that it decided. */
  readonly decisions: readonly Decision[]
  /** True when what the caller handed in was changed. */
  readonly altered: boolean
}

export type ReadInvocation = Settled<{ readonly kind: 'read'; readonly found: StateAt | undefined }> & {
  readonly operation: PlannedRead | PlannedReadPast
  /** Where in the past; `undefined` for the current state. */
  readonly point: PastPoint | undefined
}

/** What the context of a decision said. */
export interface Decision {
  readonly revision: number
  readonly now: number
  /** True time. */
  readonly atMs: number
}

/** What an entity's journal held at the end of an epoch: that is, before a restore, or in the end. */
export interface Epoch {
  readonly commits: readonly Commit[]
  /** When each of them became durable. */
  readonly durable: ReadonlyArray<Durable | undefined>
  /** The step of the restore that ended it; `Infinity` for the last. */
  readonly endedAt: number
}

/** What was left of an entity, and how a reader that started then saw it. */
export interface EntityRecord {
  readonly entity: EntityKey
  /** One more than there were restores. */
  readonly epochs: readonly Epoch[]
  readonly states: readonly FoundState[]
  readonly final: StateAt
  /** Set when the journal could not be read; the rest is then not complete. */
  readonly unreadable: TailfoldError | undefined
}

/** All that a run of a plan left behind. */
export interface History {
  readonly plan: Plan
  readonly invocations: readonly Invocation[]
  readonly entities: readonly EntityRecord[]
  readonly counts: ReadonlyMap<FaultClass, number>
  /** Whether the process that `crashAtWait` names has crashed. */
  readonly crashed: boolean
}

/** True for a request that is a command. */
export function isCommand(invocation: Invocation): invocation is CommandInvocation {
  return invocation.operation.kind === 'command'
}
