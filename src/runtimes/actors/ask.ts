import { checkNames } from '../../core/base/check-options.ts'
import { TailfoldError } from '../../core/base/errors.ts'
import { type Platform, withTimeout } from '../../core/base/platform.ts'
import type { Actor } from './actor.ts'
import { rejected } from './failure.ts'
import { messageOf } from './message.ts'

/** Options of {@link ActorSystem.ask}. */
export interface AskOptions {
  /** Milliseconds to wait for the reply, 0 or more; `Infinity` waits without a limit. Then `ask-timeout`. */
  readonly timeoutMs: number
  /** Idempotency key: the same id is carried out once, however often it is sent. */
  readonly commandId?: string
}

/** Throws `TypeError` unless the last argument of `ask` is a time-out or options with one. */
export function checkAskOptions(timeout: unknown): AskOptions {
  const options = typeof timeout === 'object' && timeout !== null ? (timeout as AskOptions) : undefined
  const timeoutMs: unknown = options === undefined ? timeout : options.timeoutMs
  if (options !== undefined) checkNames('ask', options, { timeoutMs, commandId: 1 })
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return { ...options, timeoutMs }
  throw new TypeError(
    `timeoutMs of ask must be a number of milliseconds from 0 on, not ${typeof timeoutMs === 'number' ? timeoutMs : typeof timeoutMs}.`,
  )
}

/** Sends a command and resolves with its reply. A time-out ends the wait and nothing else. */
export async function ask(
  platform: Platform,
  actor: Actor,
  command: unknown,
  { timeoutMs, commandId }: AskOptions,
): Promise<unknown> {
  const message = messageOf(platform, actor.key, command, commandId)
  const answer = actor.send(message)
  const outcome = await withTimeout(platform, timeoutMs, answer, () => {
    message.abandoned = true
    return askTimeout(actor.entity, timeoutMs)
  })
  if (outcome.kind === 'rejected') throw rejected(actor.entity, outcome)
  return outcome.reply
}

function askTimeout(entity: string, timeoutMs: number): TailfoldError {
  return new TailfoldError(
    'ask-timeout',
    `${entity} did not answer within ${timeoutMs} ms. The command may still be carried out; ask again with the same command id to find out.`,
    { entity, timeoutMs },
  )
}
