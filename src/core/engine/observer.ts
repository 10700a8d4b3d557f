import type { CommandCost } from '../base/cost.ts'
import type { TypedMessage } from '../entity/entity.ts'
import type { EntityKey } from '../base/entity-key.ts'
import type { ErrorCode, TailfoldError } from '../base/errors.ts'
import type { Verdict } from './outcome.ts'
import type { Platform } from '../base/platform.ts'
import type { TaskOptions } from './pending-command.ts'

/** A command that begins: what an observer is told at its start. Never holds its fields. */
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
export interface CommandEnd {
  readonly outcome: 'replied' | 'rejected' | ErrorCode
  /** Revision the last decision was made on; `undefined` where none was made. */
  readonly revisionBefore: number | undefined
  /** Revision told to the caller; `undefined` after an error. */
  readonly revision: number | undefined
  /** Attempts to decide and write; 0 where its turn never came. */
  readonly attempts: number
  /** Attempts that another writer won. */
  readonly conflicts: number
  /** True for the recorded answer to an earlier command with the same id. */
  readonly replayed: boolean
  /** Commits that were folded to decide: those after the stored state, and the winners of conflicts. */
  readonly replayedCommits: number
  readonly durationMs: number
  /** When the engine was asked to tell costs. */
  readonly cost: CommandCost | undefined
  /** Its message may name members of a value that was refused, and its `cause` is what a handler threw. */
  readonly error: TailfoldError | undefined
}

/**
 * Told that a command begins; what it returns is told how it ended, once, before the caller is. Called for every command
 * that is well-formed; must be quick. What it throws is passed on as a warning and affects no command.
 */
export type CommandObserver = (start: CommandStart) => ((end: CommandEnd) => void) | undefined

/** What was spent on a command until its verdict. */
export type Effort = Pick<
  CommandEnd,
  'revisionBefore' | 'attempts' | 'conflicts' | 'replayedCommits' | 'cost'
>

/** Tells the observers of a command, and returns how to tell them the end. */
export function startObserving(
  platform: Platform,
  entity: EntityKey,
  { type: command }: TypedMessage,
  { observers, commandId, requestId, principal, traceparent, onWarning }: TaskOptions,
): (verdict: Verdict, effort: Effort | undefined) => void {
  if (observers.length === 0) return () => {}
  const safely = <Result>(call: () => Result): Result | undefined => {
    try {
      return call()
    } catch (error) {
      onWarning('An observer threw; the command is not affected.', error)
      return undefined
    }
  }
  const startedAt = platform.now()
  const about = { ...entity, command, commandId, requestId, principal: principal?.id, traceparent, startedAt }
  const ends = observers.map((observer) => safely(() => observer(about)))
  return (verdict, effort = noEffort) => {
    const durationMs = Math.max(0, platform.now() - startedAt)
    const ended = { ...endOf(verdict), ...effort, durationMs }
    for (const end of ends) safely(() => end?.(ended))
  }
}

const noEffort: Effort = {
  revisionBefore: undefined,
  attempts: 0,
  conflicts: 0,
  replayedCommits: 0,
  cost: undefined,
}

function endOf(verdict: Verdict): Pick<CommandEnd, 'outcome' | 'revision' | 'replayed' | 'error'> {
  switch (verdict.kind) {
    case 'failed':
      return { outcome: verdict.error.code, revision: undefined, replayed: false, error: verdict.error }
    case 'recorded': {
      const { kind, revision } = verdict.outcome
      return { outcome: kind, revision, replayed: true, error: undefined }
    }
    default:
      return { outcome: verdict.kind, revision: verdict.revision, replayed: false, error: undefined }
  }
}
