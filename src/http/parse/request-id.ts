import type { Platform } from '../../core/base/platform.ts'
import type { HttpRequest } from '../message.ts'

/** Visible ASCII: nothing that could end a header or a line of a log. */
const requestIdPattern = /^[\x21-\x7e]{1,128}$/

/** The name of a request: the caller's where it is a fit one, else the runtime's, else a new one. */
export function requestIdOf({ headers, requestId }: HttpRequest, platform: Platform): string {
  const given = headers['x-request-id']
  if (given !== undefined && requestIdPattern.test(given)) return given
  return requestId ?? platform.newId()
}
