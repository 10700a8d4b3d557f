import type { TailfoldError } from '../../core/base/errors.ts'
import type { Inbox } from './inbox.ts'
import type { Supervisor } from './supervision.ts'

/** What follows when a handler of an actor fails. */
export type Consequence = ReturnType<Supervisor['decide']>

/** What carries a consequence out. */
export interface ConsequencesOptions {
  readonly supervisor: Supervisor
  readonly messages: Pick<Inbox, 'pause' | 'paused'>
  /** Why the actor takes no more messages: it is not restarted. `undefined` while it takes them. */
  closedBecause(): string | undefined
  /** Ends the actor. */
  end(why: string): void
}

/**
 * Restarts an actor after a failure, which holds its messages back for a while, or ends it. More than one command of a
 * commit may fail: one restart is for all of them.
 */
export function consequences(options: ConsequencesOptions): (error: TailfoldError) => Consequence {
  const { supervisor, messages, closedBecause, end } = options
  let last: Consequence | undefined

  function next({ code }: TailfoldError): Consequence {
    const closed = closedBecause()
    if (closed !== undefined) {
      end(closed)
      return { decision: 'stopped', restarts: supervisor.restarts(), delayMs: 0 }
    }
    const decided = supervisor.decide()
    if (decided.decision === 'stopped') end(`it failed again after ${decided.restarts} restarts (${code})`)
    else messages.pause(decided.delayMs)
    return decided
  }

  return (error) => {
    if (last === undefined || !messages.paused()) last = next(error)
    return last
  }
}
