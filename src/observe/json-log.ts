import { aFunction, type Check, checkOptions } from '../core/base/check-options.ts'
import { describeEntity } from '../core/base/entity-key.ts'
import type { CommandObserver } from '../core/engine/observer.ts'
import { commandRecord, levelOf } from './command-record.ts'
import { writeLine } from './write-line.ts'

/** What a log is written with: `console`, a Logger of Powertools for AWS Lambda, and many others are one. */
export interface Logger {
  info(message: string, fields: Record<string, unknown>): void
  warn(message: string, fields: Record<string, unknown>): void
  error(message: string, fields: Record<string, unknown>): void
}

/** Options of {@link jsonLog}. */
export interface JsonLogOptions {
  /** Takes each line, without its end. Default: standard output. */
  readonly write?: (line: string) => void
  /** Takes message and fields in place of lines: level, time and form are then its own. */
  readonly logger?: Logger
}

/**
 * Logs one line of JSON for each command when it has ended. Answers and rejections are `info`, errors the caller can mend
 * `warn`, others `error`. Nothing of a command's fields, its reply, its events or the reason of a rejection is in it.
 * Shape: `{"level":"info","timestamp":"2026-01-31T12:00:00.000Z","message":"account/acc-001 Deposit: replied",…}`, then
 * the members of `CommandRecord`. Throws `TypeError` on unknown options.
 */
export function jsonLog(options: JsonLogOptions = {}): CommandObserver {
  checkOptions<JsonLogOptions>('jsonLog', options, { write: aFunction, logger: aLogger })
  const { write = writeLine, logger } = options
  return (start) => (end) => {
    const level = levelOf(end)
    const message = `${describeEntity(start)} ${start.command}: ${end.outcome}`
    const fields = { ...commandRecord(start, end) }
    if (logger !== undefined) return logger[level](message, fields)
    const timestamp = new Date(start.startedAt + end.durationMs).toISOString()
    write(JSON.stringify({ level, timestamp, message, ...fields }))
  }
}

const aLogger: Check = [
  'an object with functions info, warn and error',
  (logger) =>
    (['info', 'warn', 'error'] as const).every(
      (level) => typeof (logger as Partial<Logger> | null)?.[level] === 'function',
    ),
]
