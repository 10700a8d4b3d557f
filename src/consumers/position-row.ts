import type { IndexEntry, RowWrite, StoredRow } from '../journal/row-store.ts'
import { keptError } from './error-text.ts'

/** How far a consumer has come with an entity. */
export interface Position {
  /** The last commit that was handled completely; 0 for none. */
  readonly revision: number
  /** Whether there is a row already. */
  readonly stored: boolean
  /** Why nothing is delivered at present. */
  readonly hold?: Hold | undefined
  /** Of a consumer that spreads its rows: the part that this entity's events go to. Chosen once. */
  readonly part?: number | undefined
}

/** Where a position goes. */
export type NextPosition = Pick<Position, 'revision' | 'hold' | 'part'>

/** What keeps an entity from being delivered as it comes. */
export interface Hold {
  /**
   * `'parked'`: a commit could not be handled; waits for `retry` or `skip`. `'retry'`: to be delivered from here on as soon
   * as possible. `'behind'`: too much is missing for a live batch; likewise.
   */
  readonly state: 'parked' | 'retry' | 'behind'
  /** Milliseconds since the Unix epoch. */
  readonly since: number
  /** Deliveries that failed, of a consumer each after three calls of its handler. */
  readonly attempts: number
  /** Code and text of the last error; absent for `'behind'`. */
  readonly code?: string | undefined
  readonly error?: string | undefined
}

/** A hold that begins now, after what held the entity before. One that is parked was parked by an error. */
export function holdAt(state: Hold['state'], now: number, before: Hold | undefined, error?: unknown): Hold {
  const since = before?.since ?? now
  if (state !== 'parked') return { ...before, state, since, attempts: before?.attempts ?? 0 }
  return { state, since, attempts: (before?.attempts ?? 0) + 1, ...keptError(error) }
}

/** The key of a position. A tenant's begins with its name, as its other keys do. */
export function positionKey(consumerId: string, entityKey: string): string {
  const [, tenant = '', rest = ''] = /^(~[^/]+\/)?(.*)$/s.exec(entityKey) ?? []
  return `${tenant}p/${consumerId}/${rest}`
}

/** The key of the entity that a position is of. */
export function entityKeyOf(consumerId: string, key: string): string {
  return key.replace(`p/${consumerId}/`, '')
}

/** The position in a row. */
export function readPosition(row: StoredRow | undefined): Position {
  if (row === undefined) return { revision: 0, stored: false }
  const { state, since, attempts, code, error, part } = row.value as Partial<Hold & Pick<Position, 'part'>>
  const position = { revision: row.revision, stored: true, ...(part !== undefined && { part }) }
  if (state === undefined) return position
  const hold = { state, since: since ?? 0, attempts: attempts ?? 0 }
  return {
    ...position,
    hold: { ...hold, ...(code !== undefined && { code }), ...(error !== undefined && { error }) },
  }
}

/** A write that moves a position on, or holds it, unless it has changed since it was read. */
export function positionWrite(
  consumerId: string,
  entityKey: string,
  from: Position,
  { revision, hold, part = from.part }: NextPosition,
): RowWrite {
  const key = positionKey(consumerId, entityKey)
  const value = { ...hold, part }
  const indexes = hold && [holdEntry(consumerId, hold)]
  const row = {
    key,
    revision,
    value: JSON.parse(JSON.stringify(value)) as Record<string, unknown>,
  }
  return { row: indexes === undefined ? row : { ...row, indexes }, when: from.stored ? from.revision : -1 }
}

/** The value of index 0 that lists what a consumer holds. */
export function holdIndexValue(consumerId: string, state: Hold['state']): string {
  return `${state}/${consumerId}`
}

function holdEntry(consumerId: string, { state, since }: Hold): IndexEntry {
  return { value: holdIndexValue(consumerId, state), sort: String(since).padStart(15, '0') }
}
