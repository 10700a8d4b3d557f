import type { CommandCost } from '../base/cost.ts'
import type { TailfoldError } from '../base/errors.ts'
import type { TypedMessage } from '../entity/message.ts'

/** How a command ended, as its caller learns once it is durable. */
export type Outcome<Reply = unknown, Event = TypedMessage> =
  | (OutcomePosition & {
      readonly kind: 'replied'
      /** The first message sent to `replyTo`, or `undefined`. */
      readonly reply: Reply
      /** True after `Behaviors.stopped()`. */
      readonly stopped: boolean
      /**
       * The events that the command wrote, in order and frozen; empty where it wrote none. Absent where `replayed`: the
       * command wrote them earlier, in the commit at `revision`, where `readEvents` finds them.
       */
      readonly events?: readonly Event[]
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
