import { conflictBudgetExhausted } from '../base/failures.ts'
import type { TimeLimit } from '../entity/call-in-time.ts'
import type { PendingCommand } from './pending-command.ts'
import type { Run } from './run.ts'

/**
 * Begins the turn of a command: the time of its handler and schemas together, until the command's deadline or the run's. What
 * does not answer by then is to blame only where it had its time: a command whose turn came late waited, or lost to others.
 *
 * @param timeoutMs Milliseconds that a command may take when the caller gives no deadline.
 */
export function beginTurn(
  { acceptedAt, deadline: due, lost }: PendingCommand,
  { platform, entity, deadline: end }: Run,
  timeoutMs: number,
): TimeLimit {
  const deadline = Math.min(due, end)
  const hadItsTime = (deadline - platform.now()) * 2 >= Math.min(timeoutMs, deadline - acceptedAt)
  return { platform, deadline, late: (blame) => (hadItsTime ? blame : conflictBudgetExhausted(entity, lost)) }
}
