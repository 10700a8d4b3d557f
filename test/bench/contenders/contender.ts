import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { MeteredAttempt } from '../measure/meter.ts'

/** One library, used one way, for the same bank. */
export interface Contender {
  /** As in the tables: `'castore'`. */
  readonly library: string
  /** How it is used here. */
  readonly how: string
  /** Makes its tables, empty, under names of their own. */
  deploy(endpoint: string): Promise<Deployment>
  /** The operation that carries a command's events. */
  readonly writeOperation: 'PutItem' | 'UpdateItem' | 'TransactWriteItems'
  readonly round?: Round
}

/** Costs that come round again, as with snapshots: averages go over one whole round. */
export interface Round {
  /** From which length of history on. */
  readonly from: number
  /** True for the attempt a round ends with. */
  readonly ends: (attempt: MeteredAttempt) => boolean
  /** True when a process learns within its first rounds; then a later one is measured. */
  readonly learns: boolean
}

/** The tables of one contender. */
export interface Deployment {
  /** One more process: a client of its own, that may be pointed elsewhere, with the library's defaults. */
  open(endpoint?: string): Writer
}

/** One process that uses the bank. */
export interface Writer {
  /** What is metered. */
  readonly client: Pick<DynamoDBClient, 'middlewareStack' | 'destroy'>
  /** Deposits 1. Rejects when the caller learns of a failure. */
  deposit(accountId: string): Promise<void>
  /** The balance as the library's own query gives it. */
  balance(accountId: string): Promise<number>
  /** Adds so many deposits of 1, as fast as gives the same items. */
  fill(accountId: string, deposits: number): Promise<void>
  /** Resolves when nothing is under way in the background. */
  idle?(): Promise<void>
}

let tables = 0

/** A table name that is not in use. */
export function newTableName(prefix: string): string {
  tables += 1
  return `${prefix}-${tables}`
}
