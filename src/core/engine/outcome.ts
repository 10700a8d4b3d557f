import type { CommandCost } from '../base/cost.ts'
import type { TailfoldError } from '../base/errors.ts'

/** How a command ended, as told to the caller once it is durable. */
export type Outcome =
  | (OutcomePosition & {
      readonly kind: 'replied'
      /** What was told first to `replyTo`, or `undefined`. */
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
  /** What the command cost, when the engine was asked to tell; snapshots written beside it are not counted. */
  readonly cost?: CommandCost
}

/** What one attempt says about one command: final once its decision is durable or verified. */
export type Verdict =
  | {
      readonly kind: 'replied'
      readonly reply: unknown
      /** Everything `onCommand` told `replyTo`, in order. */
      readonly told: readonly unknown[]
      readonly stopped: boolean
      readonly revision: number
    }
  | {
      readonly kind: 'rejected'
      readonly reason: string
      readonly details: unknown
      readonly revision: number
    }
  | { readonly kind: 'failed'; readonly error: TailfoldError }
  | { readonly kind: 'recorded'; readonly outcome: Outcome }
