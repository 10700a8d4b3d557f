import type { Metadata } from '../base/metadata.ts'
import type { Receipt } from '../journal/commit.ts'
import type { Answer } from './outcome.ts'
import type { PendingCommand } from './pending-command.ts'
import type { StateAt } from './view.ts'

/** What one attempt decided for one command; final once its commit is durable or, without one, the view is verified. */
export interface Decided {
  readonly command: PendingCommand
  /** Milliseconds since the Unix epoch: the `now` that `onCommand` saw, and the time of the commit. */
  readonly decidedAt: number
  readonly answer: Answer
  readonly events: readonly unknown[]
  /** To be kept with what the command leaves in the journal. */
  readonly metadata: Metadata | undefined
  /** JSON text of each event. */
  readonly eventTexts: readonly string[]
  /** What a repeat of the command is answered with; `undefined` where nothing is recorded. */
  readonly receipt: Receipt | undefined
  /** Where the command leaves the entity if that is written. All that a batch writes becomes one revision. */
  readonly after: StateAt
}

/** True when no commit has to be written. */
export function writesNothing(decided: readonly Decided[]): boolean {
  return !decided.some(writes)
}

/** True for a command that leaves events, or something to be recorded, in the commit. */
export function writes({ events, receipt }: Decided): boolean {
  return events.length > 0 || receipt !== undefined
}

/** True for a command that would be written although its time is up, or its caller was told so. */
export function isTooLate(one: Decided, now: number): boolean {
  const { command } = one
  return writes(one) && (command.answered() || now >= command.deadline)
}

/** True for a command whose fate is that of the commit at the revision: what it leaves is there, or it repeats one in it. */
export function sharesFate(one: Decided, revision: number): boolean {
  const { outcome } = one.answer
  return writes(one) || (outcome?.replayed === true && outcome.revision === revision)
}

/** True where some answer is a recorded one of a commit up to the view. */
export function hasReplays(decided: readonly Decided[], { revision }: StateAt): boolean {
  return decided.some((one) => isDurableReplay(one, revision))
}

/** True for a recorded answer of a commit that is in the journal: what becomes of its batch cannot change it. */
export function isDurableReplay({ answer: { outcome } }: Decided, revision: number): boolean {
  return outcome?.replayed === true && outcome.revision <= revision
}
