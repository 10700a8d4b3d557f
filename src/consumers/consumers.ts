import { checkOptionsObject } from '../core/base/describe-value.ts'
import type { RequestOptions } from '../core/base/cost.ts'
import { callHook } from '../core/engine/hooks.ts'
import type { Platform } from '../core/base/platform.ts'
import type { Change, Journal } from '../core/journal/journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import { systemPlatform } from '../platform.ts'
import type { BatchConsumer, Consumer, EventConsumer, StateConsumer } from './consumer.ts'
import { deliver, deliverEntity } from './deliver.ts'
import type { Delivery } from './delivery.ts'
import { heldEntities } from './held-entities.ts'
import { type Hint, hintsOf } from './hints.ts'
import type { FollowedJournal } from './missing-commits.ts'
import { type Positions, positionsOf } from './positions.ts'
import { register } from './registration.ts'
import { updateState, updateStates } from './update-states.ts'
import { type DeliveryReport, type ParkedEntity, startDeliveryTally } from './tally.ts'

/** Options of {@link createConsumers}. */
export interface ConsumersOptions {
  /** The journal whose events are consumed: one over a store. */
  readonly journal: Journal
  /** Where positions are kept. Several programs may share one. */
  readonly rows: RowStore
  /** Their names and versions differ. */
  readonly consumers: readonly Consumer[]
  /** Called for each batch and consumer: for metrics. What it throws is ignored. */
  readonly onDelivered?: ((report: DeliveryReport) => void) | undefined
  /** Called once for each entity that is parked. What it throws is ignored. Default: a line on standard error. */
  readonly onParked?: ((parked: ParkedEntity & { readonly consumer: string }) => void) | undefined
  /** Clock and timers. Default: those of the system. */
  readonly platform?: Platform | undefined
}

/** Options of a delivery. */
export interface DeliverOptions extends RequestOptions {
  /** Milliseconds since the Unix epoch; no handler begins after it. Default: none. */
  readonly deadline?: number | undefined
  /** The `meta.replay` of the events. Default false. */
  readonly replay?: boolean | undefined
  /** Only this consumer, by its id. Default: all. */
  readonly only?: string | undefined
}

/** How a consumer is. */
export interface ConsumerHealth {
  readonly consumer: string
  /** Parked entities, at most 100 counted. */
  readonly parked: number
  /** The largest lag of the last batch, in milliseconds; `undefined` before the first. */
  readonly lagMs: number | undefined
  /** Whether the last batch left something to be delivered again. */
  readonly failing: boolean
}

/** Consumers with their journal and positions. */
export interface Consumers {
  readonly consumers: readonly Consumer[]
  readonly journal: FollowedJournal
  readonly rows: RowStore
  readonly platform: Platform
  /**
   * Delivers a batch of changes, from wherever they come, in whatever order. Resolves when all that could be delivered has
   * been; `failed` in the reports names what must come again. Does not throw for an entity.
   */
  deliver(changes: readonly Change[], options?: DeliverOptions): Promise<readonly DeliveryReport[]>
  /** Delivers entities that were released by `retry` or `skip`, and those too far behind for a batch. */
  deliverHeld(options?: DeliverOptions): Promise<readonly DeliveryReport[]>
  /** Whether every consumer is well, and what is wrong. */
  health(): Promise<{ readonly ok: boolean; readonly consumers: readonly ConsumerHealth[] }>
}

/** One consumer at work. */
interface Running {
  readonly consumer: Consumer
  readonly positions: Positions
  /** Of a consumer of batches. */
  readonly deliverBatch: ReturnType<BatchConsumer['start']> | undefined
  startTime: Promise<number | undefined> | undefined
  last: DeliveryReport | undefined
}

/** Entities delivered apart in one go. */
const heldLimit = 50

/** Binds consumers to a journal and to their positions. Throws `TypeError` for what cannot work. */
export function createConsumers(options: ConsumersOptions): Consumers {
  const { rows, consumers, platform = systemPlatform, onParked = reportParked, onDelivered } = options
  const journal = checkOptions(options)
  const running = consumers.map(
    (each): Running => ({
      consumer: each,
      positions: positionsOf(rows, each.id),
      deliverBatch: 'start' in each ? each.start() : undefined,
      startTime: undefined,
      last: undefined,
    }),
  )

  async function begin(
    one: Running,
    { deadline = Number.POSITIVE_INFINITY, replay = false, meter, signal }: DeliverOptions,
    takesHeld: boolean,
  ): Promise<Delivery<Consumer>> {
    const { consumer, positions } = one
    const request = { meter, signal }
    one.startTime ??= register(rows, consumer, platform.now(), request).then(({ startedAt }) =>
      consumer.startFrom === 'now' ? startedAt : undefined,
    )
    const startTime = await one.startTime.catch((error: unknown) => {
      one.startTime = undefined
      throw error
    })
    const tally = startDeliveryTally(consumer.id)
    const shared = { consumer, journal, rows, positions, platform, tally, request, deadline, startTime }
    return { ...shared, replay: replay || takesHeld, takesHeld }
  }

  function end(one: Running, report: DeliveryReport): DeliveryReport {
    one.last = report
    for (const parked of report.parked) callHook(() => onParked({ ...parked, consumer: report.consumer }))
    callHook(() => onDelivered?.(report))
    return report
  }

  async function deliverOne(one: Running, changes: readonly Change[], given: DeliverOptions) {
    try {
      const delivery = await begin(one, given, false)
      if (one.deliverBatch !== undefined)
        await one.deliverBatch(
          delivery as Delivery<BatchConsumer>,
          hintsOf(changes, one.consumer.entityTypes),
        )
      else if (isOfStates(delivery)) await updateStates(delivery, changes)
      else await deliver(delivery as Delivery<EventConsumer>, changes)
      return end(one, delivery.tally.report())
    } catch (error) {
      return end(one, failedBatch(one.consumer, changes, error))
    }
  }

  async function deliverHeldOf(one: Running, given: DeliverOptions) {
    const delivery = await begin(one, given, true)
    for (const state of ['retry', 'behind'] as const) {
      const { entities } = await heldEntities(
        rows,
        one.consumer.id,
        state,
        { limit: heldLimit },
        delivery.request,
      )
      for (const { key } of entities) {
        const hint: Hint = { key, head: Number.POSITIVE_INFINITY, records: new Map(), places: [] }
        if (one.deliverBatch !== undefined)
          await one.deliverBatch(delivery as Delivery<BatchConsumer>, [hint])
        else if (isOfStates(delivery)) await updateState(delivery, hint)
        else await deliverEntity(delivery as Delivery<EventConsumer>, hint)
      }
    }
    return end(one, delivery.tally.report())
  }

  const chosen = ({ only }: DeliverOptions) =>
    running.filter(({ consumer }) => only === undefined || consumer.id === only)

  return {
    consumers,
    journal,
    rows,
    platform,
    deliver: async (changes, given = {}) =>
      Promise.all(chosen(given).map(async (one) => deliverOne(one, changes, given))),
    deliverHeld: async (given = {}) =>
      Promise.all(chosen(given).map(async (one) => deliverHeldOf(one, given))),
    async health() {
      const found = await Promise.all(
        running.map(async ({ consumer, last }): Promise<ConsumerHealth> => {
          const { entities } = await heldEntities(rows, consumer.id, 'parked')
          const failing = last !== undefined && last.failed.length > 0
          return { consumer: consumer.id, parked: entities.length, lagMs: last?.lagMs.max, failing }
        }),
      )
      return { ok: found.every(({ parked, failing }) => parked === 0 && !failing), consumers: found }
    },
  }
}

/**
 * The place in a batch of the first change that must come again, for sources that resume at a place; `undefined` when
 * everything was delivered.
 */
export function firstFailedPlace(reports: readonly DeliveryReport[]): number | undefined {
  const places = reports.flatMap(({ failed }) => failed.flatMap((entity) => entity.places))
  return places.length === 0 ? undefined : Math.min(...places)
}

function isOfStates(delivery: Delivery<Consumer>): delivery is Delivery<StateConsumer> {
  return 'update' in delivery.consumer
}

function failedBatch(consumer: Consumer, changes: readonly Change[], error: unknown): DeliveryReport {
  const tally = startDeliveryTally(consumer.id)
  for (const [place, { key, revision }] of changes.entries())
    tally.failed({ key, head: revision, records: new Map(), places: [place] }, error)
  return tally.report()
}

function reportParked({
  consumer,
  key,
  revision,
  error,
}: ParkedEntity & { readonly consumer: string }): void {
  console.error(
    `Consumer ${consumer} parked ${key} at revision ${revision}; other entities go on. Mend the cause, then: npx tailfold consumers retry ${consumer} ${key}`,
    error,
  )
}

function checkOptions(options: ConsumersOptions): FollowedJournal {
  checkOptionsObject('The options of createConsumers', options)
  const { journal, rows, consumers } = options
  if (typeof journal?.readChange !== 'function') {
    throw new TypeError(
      'createConsumers needs a journal over a store, such as sqliteJournal or dynamoDbJournal make; one of four methods cannot be followed.',
    )
  }
  if (typeof rows?.write !== 'function' || typeof rows.get !== 'function')
    throw new TypeError('createConsumers needs a row store, such as sqliteRows or memoryRows make.')
  if (!Array.isArray(consumers) || consumers.length === 0)
    throw new TypeError('createConsumers needs consumers: pass those that consumer(...) makes.')
  const ids = consumers.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined)
    throw new TypeError(
      `Two consumers are named ${twice}. Give each its own name: they would share their positions.`,
    )
  return journal as FollowedJournal
}
