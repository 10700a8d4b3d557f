import type { TableAccess } from './connection.ts'

/** A request before it is authorized. */
export interface UnsignedRequest {
  readonly method: string
  readonly url: URL
  readonly contentType: string
  /** `x-ms-date`, as in `Thu, 26 Nov 2026 05:40:00 GMT`. */
  readonly date: string
}

/** The `Authorization` header of a request; `undefined` where a shared access signature in its query authorizes it. */
export type Authorize = (request: UnsignedRequest) => Promise<string | undefined>

/** Authorizes requests with an account key or a token. Throws `TypeError` for a key that is no base64. */
export function authorizer({ key, token }: TableAccess): Authorize {
  if (token !== undefined) return async () => `Bearer ${await token()}`
  if (key === undefined) return async () => undefined
  const { accountName } = key
  const bytes = bytesOf(key.accountKey)
  let imported: ReturnType<typeof crypto.subtle.importKey> | undefined
  return async (request) => {
    imported ??= crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const text = new TextEncoder().encode(stringToSign(accountName, request))
    const signature = await crypto.subtle.sign('HMAC', await imported, text)
    return `SharedKey ${accountName}:${btoa(String.fromCharCode(...new Uint8Array(signature)))}`
  }
}

/**
 * What an account key signs: verb, MD5 (not sent), type, date, and the account with the path as it is sent.
 * Source: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#table-service-shared-key-authorization
 */
function stringToSign(accountName: string, { method, url, contentType, date }: UnsignedRequest): string {
  return [method, '', contentType, date, `/${accountName}${url.pathname}`].join('\n')
}

function bytesOf(accountKey: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(accountKey), (character) => character.charCodeAt(0))
  } catch {
    throw new TypeError('The AccountKey of the connection string is no base64; copy it again, to its end.')
  }
}
