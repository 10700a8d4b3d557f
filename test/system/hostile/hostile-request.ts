import { gzipSync } from 'node:zlib'

/** A request that wants to do harm; small enough to print, whatever it weighs when it is sent. */
export interface HostileRequest {
  readonly method: string
  /** As it is sent. */
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: HostileBody | undefined
  /** Which of the two processes that share the journal it comes to. */
  readonly process: 0 | 1
}

/** The same again, by whoever: a request that was answered under an Idempotency-Key, with some of it changed. */
export interface Repeat {
  /** Which of those so far. */
  readonly repeats: number
  readonly process: 0 | 1
  /** Headers to be sent in place of its own; `null` leaves one out. */
  readonly instead: Readonly<Record<string, string | null>>
  /** Whether its fields are others: the key is then of another command. */
  readonly isOther: boolean
}

const otherBody: HostileBody = {
  pieces: [['{"text":"another","amount":6,"amounts":[6]}', 1]],
  before: [],
  after: [],
}

/** The request again. */
export function repeated(request: HostileRequest, { instead, process, isOther }: Repeat): HostileRequest {
  const headers = Object.entries({ ...request.headers, ...instead })
  const kept = headers.filter((entry): entry is [string, string] => entry[1] !== null)
  const body = isOther ? otherBody : request.body
  return { ...request, process, headers: Object.fromEntries(kept), body }
}

/** A body in pieces, each with how often it is repeated. */
export interface HostileBody {
  readonly pieces: readonly (readonly [text: string, times: number])[]
  /** Bytes around the text, which make no text of it; without any it is handed over as text where a runtime would. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly isGzip?: boolean
}

/** Stands in a body for a mark that no other request has. */
export const markHere = 'MARK'

/** The body as it is sent. */
export function bodyOf({ body }: HostileRequest, mark: string): string | Uint8Array | undefined {
  if (body === undefined) return undefined
  const { pieces, before, after, isGzip = false } = body
  const text = pieces.map(([piece, times]) => piece.replaceAll(markHere, mark).repeat(times)).join('')
  if (isGzip) return gzipSync(text)
  if (before.length === 0 && after.length === 0) return text
  return Buffer.concat([Buffer.from(before), Buffer.from(text), Buffer.from(after)])
}
