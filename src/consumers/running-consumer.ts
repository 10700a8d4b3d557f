import type { RequestOptions } from '../core/base/cost.ts'
import type { Platform } from '../core/base/platform.ts'
import { callHook } from '../core/engine/hooks.ts'
import type { Change } from '../core/journal/journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import type { Consumer } from './consumer.ts'
import { type AnyDelivery, type DeliveryRoute, deliveryRoute } from './delivery-route.ts'
import { heldEntities } from './held-entities.ts'
import { type HeldWalk, heldWalk } from './held-walk.ts'
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
  /** Only this consumer, by its id: `'mail@1'`. Default: all. */
  readonly only?: string | undefined
}

/** Options of `deliverHeld`. */
export interface HeldOptions extends DeliverOptions {
  /**
   * Milliseconds after which no further page of held entities is read; the next call with a limit goes on behind those that
   * were tried, also where the deadline cut it off. Default: no limit.
   */
  readonly forMs?: number | undefined
}

/** What became of held entities. */
export interface HeldReport extends DeliveryReport {
  /** True where the call ended before it came to all of them. */
  readonly more: boolean
}

/** How a consumer is. */
export interface ConsumerHealth {
  readonly consumer: string
  /** Parked entities, at most 100 counted. */
  readonly parked: number
  /** The largest lag of the last batch with commits, in milliseconds; `undefined` before the first. */
  readonly lagMs: number | undefined
  /** Whether the last batch, or the last delivery of held entities, left something to be delivered again. */
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
  deliverHeld(options: HeldOptions): Promise<HeldReport>
  health(): Promise<ConsumerHealth>
}

/** Puts a consumer to work on a journal. */
export function runningConsumer(consumer: Consumer, context: ConsumerContext): RunningConsumer {
  const { journal, rows, platform, onDelivered, onParked } = context
  const { id } = consumer
  const positions = positionsOf(rows, id)
  const route = deliveryRoute(consumer)
  const startTime = startTimeOf(rows, consumer, platform)
  const walk = heldWalk(rows, id)
  const failing = { batch: false, held: false }
  let lagMs: number | undefined

  async function begin(options: DeliverOptions, takesHeld: boolean): Promise<AnyDelivery> {
    const { deadline = Infinity, mayBegin, replay = false, meter, signal } = options
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
    if (report.commits > 0) lagMs = report.lagMs.max
    for (const parked of report.parked) callHook(() => onParked({ ...parked, consumer: id }))
    callHook(() => onDelivered(report))
    return report
  }

  function endBatch(report: DeliveryReport): DeliveryReport {
    failing.batch = report.failed.length > 0
    return end(report)
  }

  return {
    id,
    async deliver(changes, options) {
      try {
        const delivery = await begin(options, false)
        await route.batch(delivery, changes)
        return endBatch(delivery.tally.report())
      } catch (error) {
        return endBatch(failedBatch(id, changes, error))
      }
    },
    async deliverHeld(options) {
      const delivery = await begin(options, true)
      const { report, visited, more } = await deliverOnWalk(walk, route, delivery, options.forMs)
      failing.held = report.failed.length > 0
      return { ...(visited === 0 ? report : end(report)), more }
    },
    async health() {
      const { entities } = await heldEntities(rows, id, 'parked')
      return { consumer: id, parked: entities.length, lagMs, failing: failing.batch || failing.held }
    },
  }
}

/** Delivers held entities: of each all that the journal has. */
async function deliverOnWalk(
  walk: HeldWalk,
  route: DeliveryRoute,
  delivery: AnyDelivery,
  forMs: number | undefined,
): Promise<{ readonly report: DeliveryReport; readonly visited: number; readonly more: boolean }> {
  const { platform, mayBegin, request, tally } = delivery
  const until = platform.now() + (forMs ?? Infinity)
  let visited = 0
  const deliverAll = async (key: string) => {
    visited += 1
    await route.entity(delivery, { key, head: Infinity, records: new Map(), places: [] })
  }
  const isDone = await walk.visit(deliverAll, {
    all: forMs === undefined,
    mayGoOn: (before) =>
      request.signal?.aborted !== true && (before === 'entity' ? mayBegin() : platform.now() < until),
    request,
  })
  return { report: tally.report(), visited, more: !isDone }
}

/** The report of a batch of which nothing could be delivered. */
function failedBatch(consumerId: string, changes: readonly Change[], error: unknown): DeliveryReport {
  const tally = startDeliveryTally(consumerId)
  for (const [place, { key, revision }] of changes.entries())
    tally.failed({ key, head: revision, records: new Map(), places: [place] }, error)
  return tally.report()
}
