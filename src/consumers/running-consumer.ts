import type { RequestOptions } from '../core/base/cost.ts'
import type { Platform } from '../core/base/platform.ts'
import { callHook } from '../core/engine/hooks.ts'
import type { Change } from '../core/journal/journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Consumer } from './consumer.ts'
import { type AnyDelivery, deliveryRoute } from './delivery-route.ts'
import { heldEntities } from './held-entities.ts'
import type { Hint } from './hints.ts'
import type { FollowedJournal } from './missing-commits.ts'
import { positionsOf } from './positions.ts'
import { startTimeOf } from './registration.ts'
import { type DeliveryReport, type ParkedEntity, startDeliveryTally } from './tally.ts'

/** Options of a delivery. */
export interface DeliverOptions extends RequestOptions {
  /** Milliseconds since the Unix epoch; no handler begins after it. Default: none. */
  readonly deadline?: number | undefined
  /**
   * Asked before each handler begins: with false, what is left is reported as failed. Default: always true.
   */
  readonly mayBegin?: (() => boolean | Promise<boolean>) | undefined
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

/** What the consumers of a program share. */
export interface ConsumerContext {
  readonly journal: FollowedJournal
  readonly rows: RowStore
  readonly platform: Platform
  readonly onDelivered: (report: DeliveryReport) => void
  readonly onParked: (parked: ParkedEntity & { readonly consumer: string }) => void
}

/** One consumer at work. */
export interface RunningConsumer {
  readonly id: string
  /** Delivers a batch of changes. Does not throw. */
  deliver(changes: readonly Change[], options: DeliverOptions): Promise<DeliveryReport>
  /** Delivers entities that were released, and those too far behind for a batch. */
  deliverHeld(options: DeliverOptions): Promise<DeliveryReport>
  health(): Promise<ConsumerHealth>
}

/** Held entities delivered in one go. */
const heldLimit = 50

/** Puts a consumer to work on a journal. */
export function runningConsumer(consumer: Consumer, context: ConsumerContext): RunningConsumer {
  const { journal, rows, platform, onDelivered, onParked } = context
  const { id } = consumer
  const positions = positionsOf(rows, id)
  const route = deliveryRoute(consumer)
  const startTime = startTimeOf(rows, consumer, platform)
  let last: DeliveryReport | undefined

  async function begin(options: DeliverOptions, takesHeld: boolean): Promise<AnyDelivery> {
    const { deadline = Number.POSITIVE_INFINITY, mayBegin, replay = false, meter, signal } = options
    const request = { meter, signal }
    return {
      journal,
      rows,
      positions,
      platform,
      request,
      mayBegin: () => platform.now() < deadline && (mayBegin?.() ?? true),
      takesHeld,
      replay: replay || takesHeld,
      startTime: await startTime(request),
      tally: startDeliveryTally(id),
    }
  }

  function end(report: DeliveryReport): DeliveryReport {
    last = report
    for (const parked of report.parked) callHook(() => onParked({ ...parked, consumer: id }))
    callHook(() => onDelivered(report))
    return report
  }

  return {
    id,
    async deliver(changes, options) {
      try {
        const delivery = await begin(options, false)
        await route.batch(delivery, changes)
        return end(delivery.tally.report())
      } catch (error) {
        return end(failedBatch(id, changes, error))
      }
    },
    async deliverHeld(options) {
      const delivery = await begin(options, true)
      for await (const hint of heldHints(rows, id, delivery.request)) await route.entity(delivery, hint)
      return end(delivery.tally.report())
    },
    async health() {
      const { entities } = await heldEntities(rows, id, 'parked')
      const failing = last !== undefined && last.failed.length > 0
      return { consumer: id, parked: entities.length, lagMs: last?.lagMs.max, failing }
    },
  }
}

/** What to deliver of the held entities: all that the journal has of each. Those that were released come first. */
async function* heldHints(
  rows: RowStore,
  consumerId: string,
  request: RequestOptions,
): AsyncGenerator<Hint, void, undefined> {
  for (const state of ['retry', 'behind'] as const) {
    const { entities } = await heldEntities(rows, consumerId, state, { limit: heldLimit }, request)
    for (const { key } of entities)
      yield { key, head: Number.POSITIVE_INFINITY, records: new Map(), places: [] }
  }
}

/** The report of a batch of which nothing could be delivered. */
function failedBatch(consumerId: string, changes: readonly Change[], error: unknown): DeliveryReport {
  const tally = startDeliveryTally(consumerId)
  for (const [place, { key, revision }] of changes.entries())
    tally.failed({ key, head: revision, records: new Map(), places: [place] }, error)
  return tally.report()
}
