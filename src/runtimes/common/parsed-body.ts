/**
 * A body that a framework or middleware in front of the app has read: bytes and text as they are, anything else was parsed and is
 * written again as JSON. `undefined` where there is none.
 */
export function parsedBody(body: unknown): Uint8Array | string | undefined {
  if (body === null || body === undefined) return undefined
  return body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body)
}
