import type { CommandCost } from '../base/cost.ts'
import type { TailfoldError } from '../base/errors.ts'
import type { StateAt } from './view.ts'
import type { Receipt } from '../journal/commit.ts'
import type { PendingCommand } from './pending-command.ts'

/** How a command ended, as its caller learns once it is durable. */
export type Outcome =
  | (OutcomePosition & {
      readonly kind: 'replied'
      /** The first message sent to `replyTo`, or `undefined`. */
      readonly reply: unknown
      /** True after `Behaviors.stopped()`. */
      readonly stopped: boolean
    })
  | (OutcomePosition & { readonly kind: 'rejected'; readonly reason: string; readonly details: unknown })

interface OutcomePosition {
  /** The commit the command made, or the revision its answer was decided on. */
  readonly revision: number
  /** True when this is the recorded answer to an earlier command with the same id. */
  readonly replayed: boolean
  /** What the command cost, when the engine was asked to report it; snapshots written beside it are not counted. */
  readonly cost?: CommandCost
}

/** How a command ends: an outcome and every message for its `replyTo`, or an error. */
export type Answer =
  | { readonly outcome: Outcome; readonly replies: readonly unknown[]; readonly error?: undefined }
  | { readonly error: TailfoldError; readonly outcome?: undefined }

/** What one attempt decided for one command; final once its commit is durable or, without one, the view is verified. */
export interface Decided {
  readonly command: PendingCommand
  /** Milliseconds since the Unix epoch: the `now` that `onCommand` saw, and the time of the commit. */
  readonly decidedAt: number
  readonly answer: Answer
  readonly events: readonly unknown[]
  /** JSON text of each event. */
  readonly eventTexts: readonly string[]
  /** What a repeat of the command is answered with; `undefined` where nothing is recorded. */
  readonly receipt: Receipt | undefined
  /** Where the command leaves the entity if that is written. All that a batch writes becomes one revision. */
  readonly after: StateAt
}

/** True when no commit has to be written: no events, and nothing to be recorded. */
export function writesNothing(decided: readonly Decided[]): boolean {
  return decided.every(({ events, receipt }) => events.length === 0 && receipt === undefined)
}

/** True when every answer is a recorded one, which no newer state can change. */
export function allReplayed(decided: readonly Decided[]): boolean {
  return decided.every(({ answer }) => answer.outcome?.replayed === true)
}
