import type { EntityKey } from '../base/entity-key.ts'
import { isTailfoldError } from '../base/errors.ts'
import { unexpected } from '../base/failures.ts'
import type { Effort } from './observer.ts'
import type { Decided } from './decided.ts'
import type { PendingCommand } from './pending-command.ts'

/** Commands of one entity that are decided and committed together. */
export interface Batch {
  /** Those that are neither answered nor deferred, in order. */
  readonly commands: () => readonly PendingCommand[]
  /** Answers commands whose time has run out. True while commands remain. */
  dropExpired(): boolean
  /** Leaves the commands from this one on to the next batch. */
  deferFrom(command: PendingCommand): void
  /** Leaves one command to the next batch, with those after it of its scope: they are carried out in order. */
  defer(command: PendingCommand): void
  /** The commands that were left to the next batch, in order. */
  readonly deferred: () => readonly PendingCommand[]
  /** Answers each command as decided. */
  answer(decided: readonly Decided[], effort: Effort): void
  /** Fails the commands that remain; where a commit of unknown fate holds some, those alone, and defers the others. */
  fail(error: unknown, effort: Effort): void
}

/** Starts a batch. */
export function startBatch(entity: EntityKey, taken: readonly PendingCommand[]): Batch {
  let commands = taken
  let deferred: readonly PendingCommand[] = []

  function leave(isLeft: (command: PendingCommand, index: number) => boolean): void {
    deferred = [...commands.filter(isLeft), ...deferred]
    commands = commands.filter((command, index) => !isLeft(command, index))
  }

  return {
    commands: () => commands,
    dropExpired() {
      for (const command of commands) command.dropIfExpired()
      commands = commands.filter((command) => !command.answered())
      return commands.length > 0
    },
    deferFrom(command) {
      const index = commands.indexOf(command)
      leave((_, at) => at >= index)
    },
    defer(command) {
      const index = commands.indexOf(command)
      const { scope } = command
      leave((other, at) => at === index || (at > index && scope !== undefined && other.scope === scope))
    },
    deferred: () => deferred,
    answer(decided, effort) {
      for (const { command, answer } of decided) command.answer(answer, effort)
    },
    fail(error, effort) {
      const known = isTailfoldError(error) ? error : unexpected(entity, error)
      const inDoubt = commands.filter((command) => command.inDoubt)
      for (const command of inDoubt.length > 0 ? inDoubt : commands) command.answer({ error: known }, effort)
      deferred = [...commands.filter((command) => !command.answered()), ...deferred]
    },
  }
}
