/**
 * A body that a framework or middleware in front of the app has already read. Bytes and text stay as they are; a parsed value
 * becomes JSON text. `undefined` if the request has no body.
 */
export function parsedBody(body: unknown): Uint8Array | string | undefined {
  if (body === null || body === undefined) return undefined
  return body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body)
}
