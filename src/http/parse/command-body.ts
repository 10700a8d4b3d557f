import type { HttpLimits } from '../limits.ts'
import type { HttpRequest } from '../message.ts'
import { HttpProblem, invalidCommand } from '../problem/problem.ts'
import { checkJsonText } from './json-text.ts'

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** What a command is read from. */
interface Source {
  readonly request: HttpRequest
  readonly api: { readonly limits: Required<HttpLimits> }
}

/**
 * Reads the fields of a command from the body of its request. Without a body there are no fields. Throws `unsupported-media-type`,
 * `payload-too-large`, `request-timeout`, `malformed-json` or `invalid-command`.
 */
export async function readCommandFields({ request, api }: Source, command: string): Promise<object> {
  const { maxBodyBytes, maxJsonDepth } = api.limits
  const body = await (typeof request.body === 'function' ? request.body(maxBodyBytes) : request.body)
  if (body === 'too-large') throw tooLarge(api.limits)
  if (body === undefined || body.length === 0) return {}
  checkMediaType(request.headers['content-type'], request.headers['content-encoding'])
  if (byteLength(body, maxBodyBytes) > maxBodyBytes) throw tooLarge(api.limits)
  const fields = parse(body, maxJsonDepth)
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidCommand('the body must be a JSON object with the fields of the command', '')
  }
  if ('type' in fields && fields.type !== command) {
    throw invalidCommand('`type` in the body differs from the command in the path', '/type')
  }
  if ('replyTo' in fields)
    throw invalidCommand('`replyTo` is supplied by the server; leave it out', '/replyTo')
  return fields
}

function tooLarge({ maxBodyBytes }: Required<HttpLimits>): HttpProblem {
  return new HttpProblem('payload-too-large', `A body can have up to ${maxBodyBytes} bytes.`, {
    fields: { maxBodyBytes },
  })
}

function checkMediaType(contentType: string | undefined, contentEncoding: string | undefined): void {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw unsupported('A body must not be compressed: leave Content-Encoding out.')
  }
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const isJson = /^application\/json$|^[\w.+-]+\/[\w.-]+\+json$/.test(type.trim())
  const isUtf8 = parameters.every((parameter) => {
    const [name = '', value = ''] = parameter.split('=')
    return name.trim() !== 'charset' || ['utf-8', 'utf8', '"utf-8"', '"utf8"'].includes(value.trim())
  })
  if (isJson && isUtf8) return
  throw unsupported('A body needs Content-Type: application/json, or a type that ends in +json, in UTF-8.')
}

function unsupported(detail: string): HttpProblem {
  const headers = { 'accept-post': 'application/json' }
  return new HttpProblem('unsupported-media-type', detail, { headers })
}

/** Bytes of a body; of a text with more characters than `enough`, at least that many. */
function byteLength(body: Uint8Array | string, enough: number): number {
  if (typeof body !== 'string') return body.length
  return body.length > enough ? body.length : utf8.encode(body).length
}

/** A byte order mark is dropped, from bytes and from text. */
function parse(body: Uint8Array | string, maxDepth: number): unknown {
  try {
    const text = typeof body === 'string' ? body.replace(/^\ufeff/, '') : strictUtf8.decode(body)
    if (!text.isWellFormed()) throw new TypeError('half a surrogate pair')
    // First: deep levels that are never closed take `JSON.parse` a second for each megabyte.
    checkJsonText(text, maxDepth)
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof HttpProblem) throw error
    throw new HttpProblem('malformed-json', 'The body is not well-formed JSON in UTF-8.')
  }
}
