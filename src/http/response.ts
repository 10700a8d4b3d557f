import type { HttpResponse } from './message.ts'

/** A state may change at any time, so no cache keeps an answer; and no browser takes JSON for a script or a page. */
const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

type Headers = HttpResponse['headers']

/** The entity tag of a revision, `"7"`; with a tag of what is shown of it, `"7~k3j9x0"`. */
export function etag(revision: number, tag?: string): string {
  return tag === undefined ? `"${revision}"` : `"${revision}~${tag}"`
}

/** A JSON value with its status. */
export function jsonResponse(status: number, value: unknown, headers?: Headers): HttpResponse {
  return textResponse(status, JSON.stringify(value) ?? 'null', headers)
}

/** JSON text with its status. */
export function textResponse(
  status: number,
  body: string,
  headers: Headers = {},
  contentType = 'application/json',
): HttpResponse {
  const all: Record<string, string> = { ...always }
  all['content-type'] = contentType
  return { status, headers: Object.assign(all, headers), body }
}

/** A response that consists of its status and headers. */
export function emptyResponse(status: 204 | 304, headers: Headers = {}): HttpResponse {
  return { status, headers: { ...always, ...headers }, body: undefined }
}
