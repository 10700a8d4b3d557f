/** What requests to a store cost. */
export interface Cost {
  readonly requests: number
  /** Capacity units as the store bills them; 0 where it has no such thing or did not tell. */
  readonly readUnits: number
  readonly writeUnits: number
}

/** Receives the cost of each request when the request has ended. */
export type Meter = (cost: Cost) => void

/** Goes with every request to a journal or store, as its last argument. */
export interface RequestOptions {
  /** Receives the cost of every request, including those that end as occupied or fail. */
  readonly meter?: Meter | undefined
  /** Aborted when nobody waits for the answer any more. The request may still be applied. */
  readonly signal?: AbortSignal | undefined
}

/** What a command cost. Commands that were decided together share their requests and are each told the whole. */
export interface CommandCost extends Cost {
  /** Attempts to write; 1 without a conflict or fault. */
  readonly attempts: number
  /** Commands that share this cost. */
  readonly commands: number
}

/** A meter and the sum of what it was told. */
export function startMeter(): { readonly meter: Meter; readonly total: () => Cost } {
  let sum: Cost = { requests: 0, readUnits: 0, writeUnits: 0 }
  return {
    meter({ requests, readUnits, writeUnits }) {
      sum = {
        requests: sum.requests + requests,
        readUnits: sum.readUnits + readUnits,
        writeUnits: sum.writeUnits + writeUnits,
      }
    },
    total: () => sum,
  }
}

/** The cost of one request to a store that bills nothing. */
export const oneRequest: Cost = { requests: 1, readUnits: 0, writeUnits: 0 }
