import type { CommandCost } from '../base/cost.ts'
import type { EntityKey } from '../base/entity-key.ts'
import type { ErrorCode, TailfoldError } from '../base/errors.ts'
import type { Answer } from './outcome.ts'

/** A command that begins: what an observer learns at its start. Never holds its fields. */
export interface CommandStart extends EntityKey {
  /** The name of the command: `'Deposit'`. */
  readonly command: string
  readonly commandId: string | undefined
  readonly requestId: string | undefined
  /** Id of the principal. */
  readonly principal: string | undefined
  readonly traceparent: string | undefined
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
}

/** How a command ended. Never holds its reply. */
export interface CommandEnd extends Effort {
  readonly outcome: 'replied' | 'rejected' | ErrorCode
  /** Revision that the caller got; `undefined` after an error. */
  readonly revision: number | undefined
  /** True for the recorded answer to an earlier command with the same id. */
  readonly replayed: boolean
  readonly durationMs: number
  /** Its message may name members of a value that was refused, and its `cause` is what a handler threw. */
  readonly error: TailfoldError | undefined
}

/** What was spent on a command. */
export interface Effort {
  /** Revision the last decision was made on; `undefined` where none was made. */
  readonly revisionBefore: number | undefined
  /** Attempts to decide and write; 0 where its turn never came. */
  readonly attempts: number
  /** Attempts that another writer won. */
  readonly conflicts: number
  /** Commits that were folded to decide: those after the stored state, and the winners of conflicts. */
  readonly replayedCommits: number
  /** Reads of the commits of the period in which ids are remembered, to rule out a repeat. */
  readonly periodReads: number
  /** Where the engine was asked for costs. */
  readonly cost: CommandCost | undefined
}

/** The effort of a command whose turn never came. */
export const noEffort: Effort = {
  revisionBefore: undefined,
  attempts: 0,
  conflicts: 0,
  replayedCommits: 0,
  periodReads: 0,
  cost: undefined,
}

/**
 * Called when a command begins; the function it returns is called once with how the command ended, before its caller
 * learns it. Called for every command that is well-formed, in the async context of its caller; must be quick. What
 * either throws, now or later, becomes a warning and affects no command.
 */
export type CommandObserver = (start: CommandStart) => ((end: CommandEnd) => void) | undefined

/** The end of a command as observers see it. */
export function endOf(answer: Answer, effort: Effort, durationMs: number): CommandEnd {
  const { outcome, error } = answer
  return outcome === undefined
    ? { ...effort, outcome: error.code, revision: undefined, replayed: false, durationMs, error }
    : {
        ...effort,
        outcome: outcome.kind,
        revision: outcome.revision,
        replayed: outcome.replayed,
        durationMs,
        error: undefined,
      }
}
