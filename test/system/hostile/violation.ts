import type { Exchange, HostileAnswer } from './ways.ts'

/** A promise that an answer breaks. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export function hold(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new Violation(rule)
}

/** A request, what came of it, and what it did. */
export interface Incident extends Exchange {
  readonly query: string
  /** Names in lower case; what was sent twice is joined, as HTTP has it. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  /** The mark in its body, which no other request has. */
  readonly mark: string
  /** Keys of the commits written meanwhile. */
  readonly written: readonly string[]
  /** Reports to `onError` meanwhile. */
  readonly reports: number
  /** Requests to the store meanwhile. */
  readonly storeRequests: number
}

export const headerOf = ({ headers }: HostileAnswer, wanted: string): string | undefined =>
  headers.find(([name]) => name === wanted)?.[1]

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
