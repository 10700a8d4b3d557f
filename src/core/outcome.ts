import type { ActorRef } from './behavior.ts'
import type { EntityTyped } from './entity.ts'
import type { TailfoldError } from './errors.ts'

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
}

/** A command on its way through the engine. */
export interface Task {
  /** The command without its `replyTo`. */
  readonly command: EntityTyped
  readonly commandId: string | undefined
  /** Hash of the command, kept in its receipt. */
  readonly fingerprint: string
  /** Refuse with `revision-mismatch` unless the entity stands at this revision. */
  readonly expectedRevision: number | undefined
  /** Milliseconds since the Unix epoch; no new attempt begins after it. */
  readonly deadline: number
  readonly settle: (verdict: Verdict) => void
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

/** Hands the first verdict of a task to its caller, and to its `replyTo` everything that was held back; once. */
export function settler(
  replyTo: ActorRef<unknown> | undefined,
  resolve: (outcome: Outcome) => void,
  reject: (error: TailfoldError) => void,
): (verdict: Verdict) => void {
  let settled = false
  return (verdict) => {
    if (settled) return
    settled = true
    switch (verdict.kind) {
      case 'replied': {
        const { kind, reply, told, stopped, revision } = verdict
        resolve({ kind, reply, stopped, revision, replayed: false })
        for (const message of told) replyTo?.tell(message)
        return
      }
      case 'rejected':
        resolve({ ...verdict, replayed: false })
        return
      case 'recorded': {
        const { outcome } = verdict
        resolve(outcome)
        if (outcome.kind === 'replied' && outcome.reply !== undefined) replyTo?.tell(outcome.reply)
        return
      }
      case 'failed':
        reject(verdict.error)
    }
  }
}
