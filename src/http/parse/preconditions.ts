import { maxCommandIdLength } from '../limits.ts'
import type { HttpRequest } from '../message.ts'
import { invalidCommand } from '../route.ts'

type Headers = HttpRequest['headers']

/** The command id from `Idempotency-Key`: 1 to 256 visible ASCII characters, taken as they are. Throws `invalid-command`. */
export function readCommandId(headers: Headers): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (key.length > maxCommandIdLength || !/^[\x21-\x7e]+$/.test(key)) {
    throw invalidCommand(`Idempotency-Key has 1 to ${maxCommandIdLength} visible ASCII characters`)
  }
  return key
}

/**
 * The revision `If-Match` demands; `'any'` for `*`: the entity must exist. One strong tag only: a list or a weak tag
 * cannot name the revision a decision was made on. Throws `invalid-command`.
 */
export function readIfMatch(headers: Headers): number | 'any' | undefined {
  const header = headers['if-match']
  if (header === undefined) return undefined
  if (header.trim() === '*') return 'any'
  const digits = /^"(0|[1-9]\d{0,14})"$/.exec(header.trim())?.[1]
  if (digits === undefined) {
    throw invalidCommand('If-Match takes one revision in double quotes, such as "7", or *')
  }
  return Number(digits)
}

/** True when `If-None-Match` names the tag; compared weakly, for proxies weaken tags when they compress. */
export function matchesNone(headers: Headers, tag: string): boolean {
  const header = headers['if-none-match']
  if (header === undefined) return false
  return header
    .split(',')
    .some((listed) => listed.trim() === '*' || listed.trim().replace(/^W\//, '') === tag)
}
