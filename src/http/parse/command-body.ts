import type { HttpLimits } from '../limits.ts'
import type { HttpRequest } from '../message.ts'
import { payloadTooLarge, Refusal } from '../problem/problem.ts'
import { hasRepeatedKey } from './repeated-key.ts'
import { invalidCommand } from '../route.ts'

const utf8 = new TextEncoder()

/**
 * Reads the fields of a command from the body of its request; no body, no fields. Throws `unsupported-media-type`,
 * `payload-too-large`, `malformed-json` or `invalid-command`.
 */
export function readCommandFields(
  { headers, body }: Pick<HttpRequest, 'headers' | 'body'>,
  command: string,
  { maxBodyBytes, maxJsonDepth }: Required<HttpLimits>,
): object {
  if (body === undefined || body.length === 0) return {}
  checkMediaType(headers['content-type'], headers['content-encoding'])
  if (byteLength(body, maxBodyBytes) > maxBodyBytes) throw payloadTooLarge(maxBodyBytes)
  const { text, value: fields } = parse(body)
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidCommand('the body must be a JSON object with the fields of the command')
  }
  checkValue(fields, 1, maxJsonDepth)
  if (hasRepeatedKey(text)) throw invalidCommand('an object in it has two fields of one name')
  if ('type' in fields && fields.type !== command) {
    throw invalidCommand('`type` in the body differs from the command in the path')
  }
  if ('replyTo' in fields) throw invalidCommand('`replyTo` is supplied by the server; leave it out')
  return fields
}

function checkMediaType(contentType: string | undefined, contentEncoding: string | undefined): void {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw new Refusal('unsupported-media-type', 'A body must not be compressed: leave Content-Encoding out.')
  }
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const isJson = /^application\/json$|^[\w.+-]+\/[\w.-]+\+json$/.test(type.trim())
  const isUtf8 = parameters.every((parameter) => {
    const [name = '', value = ''] = parameter.split('=')
    return name.trim() !== 'charset' || ['utf-8', 'utf8', '"utf-8"', '"utf8"'].includes(value.trim())
  })
  if (isJson && isUtf8) return
  throw new Refusal(
    'unsupported-media-type',
    'A body needs Content-Type: application/json, or a type that ends in +json, in UTF-8.',
  )
}

/** Bytes of a body; of a text with more characters than `enough`, at least that many. */
function byteLength(body: Uint8Array | string, enough: number): number {
  if (typeof body !== 'string') return body.length
  return body.length > enough ? body.length : utf8.encode(body).length
}

function parse(body: Uint8Array | string): { readonly text: string; readonly value: unknown } {
  try {
    const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body)
    return { text, value: JSON.parse(text) as unknown }
  } catch {
    throw new Refusal('malformed-json', 'The body is not well-formed JSON in UTF-8.')
  }
}

/** Refuses what JSON text can say and a journal, or an unwary handler, cannot bear. */
function checkValue(value: unknown, level: number, maxJsonDepth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw invalidCommand('a number is out of range')
  if (typeof value !== 'object' || value === null) return
  if (level > maxJsonDepth) throw invalidCommand(`it is nested more than ${maxJsonDepth} levels deep`)
  if (Object.hasOwn(value, '__proto__')) throw invalidCommand('a field must not be named `__proto__`')
  for (const part of Object.values(value)) checkValue(part, level + 1, maxJsonDepth)
}
