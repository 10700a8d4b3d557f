import { maxCommandIdLength } from '../limits.ts'
import type { HttpRequest } from '../message.ts'
import { invalidCommand } from '../problem/problem.ts'

/**
 * The command id from `Idempotency-Key`: 1 to 256 visible ASCII characters. Ids that begin with `~` belong to Tailfold's
 * own commands. Throws `invalid-command`.
 */
export function readCommandId(headers: HttpRequest['headers']): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (key.length > maxCommandIdLength || !/^[\x21-\x7e]+$/.test(key)) {
    throw invalidCommand(`Idempotency-Key must have 1 to ${maxCommandIdLength} visible ASCII characters`)
  }
  if (key.startsWith('~')) throw invalidCommand('Idempotency-Key must not begin with "~"')
  return key
}
