import type { RequestOptions } from '../core/base/cost.ts'
import type { Platform } from '../core/base/platform.ts'
import type { RowStore, StoredRow } from '../journal/row-store.ts'
import type { Consumer } from './consumer.ts'
import { requestCatchUp } from './feed-cursor.ts'

/** What is known of a consumer that was started at least once. */
export interface Registration {
  /** `<name>@<version>`. */
  readonly consumer: string
  readonly entityTypes: readonly string[]
  readonly startFrom: 'beginning' | 'now'
  /** When it was first started, in milliseconds since the Unix epoch. */
  readonly startedAt: number
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
  const value = { startedAt: now, startFrom, entityTypes: [...entityTypes], ...shape }
  for (;;) {
    const [row] = await rows.get([key], request)
    if (row !== undefined) {
      const found = registrationIn(id, row.value)
      if (found.shape === value.shape) return withTypes(rows, consumer, row, request)
      throw new TypeError(
        `${id} is not what its rows were made by: it has ${value.shape ?? 'positions'}, they have ${found.shape ?? 'positions'}. Raise its version, which makes new rows beside the old ones, or drop these with dropView.`,
      )
    }
    const indexes = [{ value: allConsumers, sort: id }]
    if (await rows.write([{ row: { key, revision: 0, value, indexes }, when: -1 }], request))
      return { consumer: id, ...value }
  }
}

/** Registers the types that a consumer takes in addition since it was started: their events are read from the beginning. */
async function withTypes(
  rows: RowStore,
  { id, entityTypes, startFrom }: Consumer,
  row: StoredRow,
  request?: RequestOptions,
): Promise<Registration> {
  const found = registrationIn(id, row.value)
  const all = [...new Set([...found.entityTypes, ...entityTypes])]
  if (all.length === found.entityTypes.length) return found
  if (startFrom === 'beginning') await requestCatchUp(rows, id)
  const { revision } = row
  const value = { ...row.value, entityTypes: all }
  // Another process may do the same.
  await rows.write([{ row: { ...row, revision: revision + 1, value }, when: revision }], request)
  return { ...found, entityTypes: all }
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

/** All consumers that were ever started on these rows, renamed ones and former versions too. */
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

function registrationIn(consumer: string, value: Readonly<Record<string, unknown>> = {}): Registration {
  return { consumer, ...(value as Omit<Registration, 'consumer'>) }
}
