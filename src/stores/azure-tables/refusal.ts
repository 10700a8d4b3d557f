import type { Refusal } from './failures.ts'

/** An answer as it was received. */
export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Why a request was not carried out; `undefined` where it was. A batch that failed is answered as if it had not. */
export function refusalIn({ status, headers, text }: Received): Refusal | undefined {
  const failed = status === 202 ? failedPart(text) : status >= 400 ? { status, text } : undefined
  if (failed === undefined) return undefined
  const date = Date.parse(headers.get('date') ?? '')
  return {
    status: failed.status,
    ...problemIn(failed.text, headers.get('x-ms-error-code')),
    retryAfter: headers.get('retry-after') ?? undefined,
    clockSkewMs: Number.isNaN(date) ? 0 : date - Date.now(),
  }
}

/** The one part of a batch that failed, for which none of it was carried out. */
function failedPart(text: string): { readonly status: number; readonly text: string } | undefined {
  const found = /^HTTP\/1\.1 ([45]\d\d)\b/m.exec(text)
  if (found === null) return undefined
  const rest = text.slice(found.index)
  return { status: Number(found[1]), text: rest.slice(rest.indexOf('{'), rest.lastIndexOf('}') + 1) }
}

/** Code and message, from JSON or, where authorization failed, from XML. */
function problemIn(text: string, header: string | null): { readonly code: string; readonly message: string } {
  const { code, message } = problemInJson(text)
  const inXml = (name: string) => new RegExp(`<(?:\\w+:)?${name}[^>]*>([^<]*)<`, 'i').exec(text)?.[1]
  return { code: header ?? code ?? inXml('code') ?? '', message: message ?? inXml('message') ?? text }
}

function problemInJson(text: string): { readonly code?: string; readonly message?: string } {
  try {
    const { 'odata.error': problem } = JSON.parse(text) as {
      'odata.error'?: { code?: string; message?: { value?: string } }
    }
    const { code, message } = problem ?? {}
    return {
      ...(code !== undefined && { code }),
      ...(message?.value !== undefined && { message: message.value }),
    }
  } catch {
    return {}
  }
}
