import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import type { Platform } from '../../core/base/platform.ts'
import type { Actor } from './actor.ts'
import { type ActorFailure, isActorFailure, rejected, undelivered } from './failure.ts'
import { messageOf } from './message.ts'

/** Sends a command and does not wait. Nobody waits for its error either, so `report` gets it. Never throws. */
export function tell(
  platform: Platform,
  actor: Actor,
  command: unknown,
  report: (failure: ActorFailure) => void,
): void {
  const failed = (error: TailfoldError) => {
    // The actor itself has reported the failures of its handlers.
    if (!isActorFailure(error)) report(undelivered(actor.entity, error))
  }
  try {
    actor.send(messageOf(platform, actor.key, command)).then((outcome) => {
      if (outcome.kind === 'rejected') failed(rejected(actor.entity, outcome))
    }, failed)
  } catch (error) {
    if (!isTailfoldError(error)) throw error
    failed(error)
  }
}
