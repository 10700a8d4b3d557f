import type { RequestOptions } from '../core/base/cost.ts'
import type { Platform } from '../core/base/platform.ts'
import type { RowStore, StoredRow } from '../journal/row-store.ts'
import type { Consumer } from './consumer.ts'
import { requestCatchUp } from './feed-cursor.ts'

/** What is known of a consumer that was started, or rebuilt, at least once. */
export interface Registration {
  /** `<name>@<version>`. */
  readonly consumer: string
  readonly entityTypes: readonly string[]
  readonly startFrom: 'beginning' | 'now'
  /** When it was first started, in milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** True of a view or projection that was only ever rebuilt; `startedAt` is then the time of the first rebuild. */
  readonly neverStarted?: true | undefined
  /** Of a consumer of states: what its rows depend on beside the states. */
  readonly shape?: string | undefined
}

/** The value of index 0 that lists all registrations. */
const allConsumers = 'consumers'
const pageSize = 100

/**
 * Registers a consumer when it starts for the first time; later ones find that time. Throws `TypeError` for one whose rows
 * were begun in another shape.
 */
async function register(
  rows: RowStore,
  consumer: Consumer,
  now: number,
  request?: RequestOptions,
): Promise<Registration> {
  const { id, entityTypes, startFrom } = consumer
  const shape = 'shape' in consumer ? { shape: consumer.shape } : {}
  const key = `c/${id}`
  const never = consumer.isRebuild === true ? ({ neverStarted: true } as const) : {}
  const value = { startedAt: now, startFrom, entityTypes: [...entityTypes], ...shape, ...never }
  for (;;) {
    const [row] = await rows.get([key], request)
    if (row !== undefined) {
      const found = registrationIn(id, row.value)
      if (found.shape === value.shape) return withNews(rows, consumer, row, now, request)
      throw new TypeError(
        `${id} is not what its rows were made by: the code makes ${value.shape ?? 'positions'}, the store holds ${found.shape ?? 'positions'}. Raise its version, which makes new rows beside the old ones, or drop the old ones with dropView.`,
      )
    }
    const indexes = [{ value: allConsumers, sort: id }]
    if (await rows.write([{ row: { key, revision: 0, value, indexes }, when: -1 }], request))
      return { consumer: id, ...value }
  }
}

/**
 * Registers the start of a consumer that was only rebuilt before, and the types that it takes in addition since it was
 * started: their events are read from the beginning.
 */
async function withNews(
  rows: RowStore,
  { id, entityTypes, startFrom, isRebuild }: Consumer,
  row: StoredRow,
  now: number,
  request?: RequestOptions,
): Promise<Registration> {
  const found = registrationIn(id, row.value)
  const { neverStarted, ...rest } = found
  const all = [...new Set([...found.entityTypes, ...entityTypes])]
  const hasNewTypes = all.length > found.entityTypes.length
  const starts = neverStarted === true && isRebuild !== true
  if (!hasNewTypes && !starts) return found
  if (hasNewTypes && startFrom === 'beginning') await requestCatchUp(rows, id)
  const { consumer, ...value } = { ...(starts ? { ...rest, startedAt: now } : found), entityTypes: all }
  const { revision } = row
  // Another process may do the same.
  await rows.write([{ row: { ...row, revision: revision + 1, value }, when: revision }], request)
  return { consumer, ...value }
}

/**
 * The time before which a consumer leaves out what was committed: when it was first started, of one that starts from now;
 * `undefined` of one that starts from the beginning. Registers the consumer at the first call, once, as started now.
 */
export function startTimeOf(
  rows: RowStore,
  consumer: Consumer,
  platform: Platform,
): (request: RequestOptions) => Promise<number | undefined> {
  // The first call may come with the first commit: that one was made after the consumer was.
  const now = platform.now()
  let startTime: Promise<number | undefined> | undefined
  return async (request) => {
    startTime ??= register(rows, consumer, now, request).then(({ startedAt }) =>
      consumer.startFrom === 'now' ? startedAt : undefined,
    )
    return startTime.catch((error: unknown) => {
      startTime = undefined
      throw error
    })
  }
}

/** All consumers that were ever started on these rows, or rebuilt, renamed ones and former versions too. */
export async function registrations(rows: RowStore): Promise<readonly Registration[]> {
  const found: Registration[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await rows.query({
      index: 0,
      value: allConsumers,
      limit: pageSize,
      ...(cursor !== undefined && { cursor }),
    })
    found.push(...page.rows.map(({ key, value }) => registrationIn(key.slice('c/'.length), value)))
    if (page.cursor === undefined) return found
    ;({ cursor } = page)
  }
}

/** Whether a consumer is a view, which is given states and no commits. Its shape alone says so. */
export function isOfStates({ shape }: Registration): boolean {
  return shape?.startsWith('rows of ') === true
}

/** Whether a consumer is given events and has no rows: its positions alone say what it was given. */
export function isOfEvents({ shape }: Registration): boolean {
  return shape === undefined
}

/** What is known of one consumer. */
export async function registrationOf(
  rows: RowStore,
  consumerId: string,
  request?: RequestOptions,
): Promise<Registration | undefined> {
  const [row] = await rows.get([`c/${consumerId}`], request)
  return row && registrationIn(consumerId, row.value)
}

function registrationIn(consumer: string, value: Readonly<Record<string, unknown>> = {}): Registration {
  return { consumer, ...(value as Omit<Registration, 'consumer'>) }
}
