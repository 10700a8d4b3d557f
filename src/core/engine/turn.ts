import type { TailfoldError } from '../base/errors.ts'
import { conflictBudgetExhausted } from '../base/failures.ts'
import type { CheckTime } from '../entity/schema-checks.ts'
import type { PendingCommand } from './pending-command.ts'
import type { Run } from './run.ts'

/** The time that the code of the user has for one decision on a command: handler and schemas together. */
export interface Turn extends Required<CheckTime> {
  /** Milliseconds that were left when the turn began. */
  readonly remainingMs: number
}

/**
 * Begins the turn of a command, which ends with the command's deadline or the run's. What does not answer by then is to
 * blame only where it had its time: a command whose turn came late waited, or lost to other writers.
 *
 * @param timeoutMs Milliseconds that a command may take when the caller gives no deadline.
 */
export function beginTurn(
  { acceptedAt, deadline: due, lost }: PendingCommand,
  { platform, entity, deadline: end }: Run,
  timeoutMs: number,
): Turn {
  const deadline = Math.min(due, end)
  const remainingMs = deadline - platform.now()
  const hadItsTime = remainingMs * 2 >= Math.min(timeoutMs, deadline - acceptedAt)
  const late = (blame: TailfoldError) => (hadItsTime ? blame : conflictBudgetExhausted(entity, lost))
  return { platform, deadline, remainingMs, late }
}
