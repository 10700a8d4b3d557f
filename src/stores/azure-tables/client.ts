import type { RequestOptions } from '../../core/base/cost.ts'
import { type AzureTablesConnection, tableAccess } from './connection.ts'
import { aborted, isClockOff, type Refusal, refused, unanswered } from './failures.ts'
import { refusalIn } from './refusal.ts'
import { authorizer } from './sign.ts'

/** A request to the account. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** After the endpoint, such as `/journal`; keys in it are encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, unless the headers say otherwise. */
  readonly body?: string
  /** Entities written, each of them a transaction on the bill; 0 for a read. */
  readonly writes: number
  /** Codes of refusals that are an answer, not an error. */
  readonly answers?: readonly string[]
}

/** What came back. */
export interface Answer {
  /** The code of a refusal, one of `Call.answers`; `undefined` for a request that was carried out. */
  readonly refusal: string | undefined
  readonly headers: Headers
  readonly text: string
}

/** The tables of an account, and one of them. */
export interface TableClient {
  readonly endpoint: string
  readonly tableName: string
  /** Sends one request; metered whatever becomes of it. Rejects with `store-unavailable`. */
  send(operation: string, call: Call, request?: RequestOptions): Promise<Answer>
}

/** Entra tokens need it or a newer one; the newest that every Azurite of 2024 takes. */
const apiVersion = '2020-12-06'

/** Opens a table. Makes no request. Throws `TypeError` for a connection that cannot work. */
export function tableClient(connection: AzureTablesConnection, tableName: string): TableClient {
  const access = tableAccess(connection)
  const authorize = authorizer(access)
  const { fetch = globalThis.fetch } = connection
  const { endpoint } = access
  let clockSkewMs = 0

  async function requestOf({ method, path, query = {}, headers, body }: Call): Promise<[URL, RequestInit]> {
    const parameters = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
    )
    if (access.sas !== '') parameters.push(access.sas)
    const url = new URL(`${endpoint}${path}?${parameters.join('&')}`)
    const contentType = body === undefined ? '' : (headers?.['content-type'] ?? 'application/json')
    const date = new Date(Date.now() + clockSkewMs).toUTCString()
    const authorization = await authorize({ method, url, contentType, date })
    const sent = {
      accept: 'application/json;odata=nometadata',
      dataserviceversion: '3.0;NetFx',
      maxdataserviceversion: '3.0;NetFx',
      'x-ms-date': date,
      'x-ms-version': apiVersion,
      ...(body !== undefined && { 'content-type': contentType }),
      ...(authorization !== undefined && { authorization }),
      ...headers,
    }
    return [url, { method, headers: sent, ...(body !== undefined && { body }), redirect: 'error' }]
  }

  return {
    endpoint,
    tableName,
    async send(operation, call, { meter, signal } = {}) {
      if (signal?.aborted) throw aborted(operation, 'no')
      let cost = { requests: 1, readUnits: 0, writeUnits: 0 }
      let answer: Answer & { readonly status: number }
      try {
        const [url, init] = await requestOf(call)
        const response = await fetch(url, { ...init, ...(signal && { signal }) })
        const { status, headers } = response
        answer = { status, headers, text: await response.text(), refusal: undefined }
        // Refusals of a condition are billed; what is not authorized or throttled is not.
        if (status < 403 || status === 404 || status === 409 || status === 412)
          cost = { requests: 1, readUnits: call.writes === 0 ? 1 : 0, writeUnits: call.writes }
      } catch (error) {
        throw unanswered(operation, error, signal)
      } finally {
        meter?.(cost)
      }
      const refusal: Refusal | undefined = refusalIn(answer)
      if (refusal === undefined) return answer
      if (call.answers?.includes(refusal.code)) return { ...answer, refusal: refusal.code }
      if (isClockOff(refusal)) clockSkewMs += refusal.clockSkewMs
      throw refused(operation, tableName, refusal)
    },
  }
}
