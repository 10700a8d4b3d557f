import { describeValue } from '../core/base/describe-value.ts'
import type { TailfoldError } from '../core/base/errors.ts'

/**
 * The message of an error, with what is behind it: the error that a handler threw, and what a schema found. Messages leave
 * that out because it may quote what callers sent; in a test the developer sent it.
 */
export function explain({ message, cause, data }: TailfoldError): string {
  const issues = 'issues' in data ? (data.issues ?? []) : []
  const found = issues.map((issue) =>
    issue.pointer === '' ? issue.message : `${issue.pointer}: ${issue.message}`,
  )
  const isTold =
    cause === undefined || (cause instanceof Error && cause.message !== '' && message.includes(cause.message))
  const behind = isTold ? [] : [cause instanceof Error ? String(cause) : describeValue(cause)]
  return [message, ...behind, ...found].join(' ')
}
