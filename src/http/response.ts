import type { HttpResponse } from './message.ts'

/** Answers speak of a state that may change at any time, so no cache keeps them. */
const always = { 'cache-control': 'no-store' }

/** The entity tag of a revision: `"7"`. */
export function etag(revision: number): string {
  return `"${revision}"`
}

/** A JSON value with its status. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
  contentType = 'application/json',
): HttpResponse {
  return {
    status,
    headers: { ...always, 'content-type': contentType, ...headers },
    body: JSON.stringify(value),
  }
}

/** A response that consists of its status and headers. */
export function emptyResponse(
  status: 204 | 304,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { ...always, ...headers }, body: undefined }
}
