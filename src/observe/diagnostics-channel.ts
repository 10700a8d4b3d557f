import { tracingChannel } from 'node:diagnostics_channel'
import type { TailfoldError } from '../core/base/errors.ts'
import type { CommandEnd, CommandObserver, CommandStart } from '../core/engine/observer.ts'

/** The name of the tracing channel; its events are `tracing:tailfold:command:start` and so on. */
export const commandChannelName = 'tailfold:command'

/**
 * What the events of one command share: one object from `start` to `asyncEnd`, for subscribers to hang their own on under
 * symbols. `result` and `error` appear before `asyncStart`.
 */
export interface CommandMessage extends CommandStart {
  result?: CommandEnd
  /** The error of a command that failed. Its `cause` is whatever was thrown, and may quote payloads. */
  error?: TailfoldError
}

/**
 * Publishes each command on the tracing channel `tailfold:command` of `node:diagnostics_channel`, as Node.js does for a
 * function that returns a promise: `start` and `end` around its beginning; when its outcome is there `error` if it failed,
 * then `asyncStart` and `asyncEnd`. Costs next to nothing while nobody subscribes.
 */
export function diagnosticsChannel(): CommandObserver {
  const channel = tracingChannel<CommandMessage>(commandChannelName)
  return (start) => {
    if (!channel.hasSubscribers) return undefined
    const message: CommandMessage = { ...start }
    channel.start.publish(message)
    channel.end.publish(message)
    return (end) => {
      message.result = end
      if (end.error !== undefined) {
        message.error = end.error
        channel.error.publish(message)
      }
      channel.asyncStart.publish(message)
      channel.asyncEnd.publish(message)
    }
  }
}
