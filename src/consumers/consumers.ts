import { checkNames, type OptionNames } from '../core/base/check-options.ts'
import { describeValue } from '../core/base/describe-value.ts'
import type { Platform } from '../core/base/platform.ts'
import type { Change, Journal } from '../core/journal/journal.ts'
import type { RowStore } from '../journal/row-store.ts'
import { systemPlatform } from '../platform.ts'
import type { Consumer } from './consumer.ts'
import type { FollowedJournal } from './missing-commits.ts'
import { checkKnown } from './name.ts'
import {
  type ConsumerHealth,
  type DeliverOptions,
  type HeldOptions,
  type HeldReport,
  runningConsumer,
} from './running-consumer.ts'
import type { DeliveryReport, ParkedEntity } from './tally.ts'

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
  /**
   * Called once for each entity that is parked; of a view for each of its states that has no row. What it throws is ignored.
   * Default: a line on standard error.
   */
  readonly onParked?: ((parked: ParkedEntity & { readonly consumer: string }) => void) | undefined
  /** Clock and timers. Default: those of the system. */
  readonly platform?: Platform | undefined
}

/** Consumers with their journal and positions. */
export interface Consumers {
  readonly consumers: readonly Consumer[]
  readonly journal: FollowedJournal
  readonly rows: RowStore
  readonly platform: Platform
  /**
   * Delivers a batch of changes, from wherever they come, in whatever order. Resolves when all that could be delivered has
   * been; `failed` in the reports names what must come again. Does not throw for an entity. Rejects with `TypeError` for an
   * unknown consumer.
   */
  deliver(changes: readonly Change[], options?: DeliverOptions): Promise<readonly DeliveryReport[]>
  /** Delivers entities that were released by `retry` or `skip`, and those too far behind for a batch. */
  deliverHeld(options?: HeldOptions): Promise<readonly HeldReport[]>
  /** Whether every consumer is well, and what is wrong. */
  health(): Promise<{ readonly ok: boolean; readonly consumers: readonly ConsumerHealth[] }>
}

/** Binds consumers to a journal and to their positions. Throws `TypeError` for what cannot work. */
export function createConsumers(options: ConsumersOptions): Consumers {
  const journal = checkOptions(options)
  const { rows, consumers, platform = systemPlatform, onParked = reportParked, onDelivered } = options
  const context = {
    journal,
    rows,
    platform,
    onParked,
    onDelivered: (report: DeliveryReport) => onDelivered?.(report),
  }
  const running = consumers.map((each) => runningConsumer(each, context))
  const chosen = ({ only }: DeliverOptions) => {
    checkKnown(only, consumers)
    return running.filter(({ id }) => only === undefined || id === only)
  }

  return {
    consumers,
    journal,
    rows,
    platform,
    deliver: async (changes, given = {}) =>
      Promise.all(chosen(given).map(async (one) => one.deliver(changes, given))),
    deliverHeld: async (given = {}) => Promise.all(chosen(given).map(async (one) => one.deliverHeld(given))),
    async health() {
      const found = await Promise.all(running.map(async (one) => one.health()))
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

function reportParked({
  consumer,
  key,
  revision,
  error,
}: ParkedEntity & { readonly consumer: string }): void {
  const where = revision === undefined ? '' : ` at revision ${revision}`
  console.error(
    `Consumer ${consumer} parked ${key}${where}; other entities go on. Fix the cause, then: npx tailfold consumers retry ${consumer} ${key} --store <url>`,
    error,
  )
}

const optionNames: OptionNames<ConsumersOptions> = {
  journal: true,
  rows: true,
  consumers: true,
  onDelivered: true,
  onParked: true,
  platform: true,
}

function checkOptions(options: ConsumersOptions): FollowedJournal {
  checkNames('createConsumers', options, optionNames)
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
  const unmade = (consumers as readonly (Partial<Consumer> | null | undefined)[]).findIndex(
    (each) => typeof each?.id !== 'string' || !(each.entityTypes instanceof Set),
  )
  if (unmade !== -1)
    throw new TypeError(
      `consumers[${unmade}] of createConsumers must be what consumer(...), view(...) or projection(...) makes, not ${describeValue(consumers[unmade])}.`,
    )
  const ids = consumers.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined)
    throw new TypeError(
      `Two consumers are named ${twice}. Give each its own name: they would share their positions.`,
    )
  return journal as FollowedJournal
}
