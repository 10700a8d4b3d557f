import { aFunction, anything, checkOptions } from '../core/base/check-options.ts'
import type { ConsumerHealth } from '../consumers/running-consumer.ts'
import type { DeliveryReport } from '../consumers/tally.ts'
import { checkEmfNames, emfDirective, type EmfMetric } from './emf-line.ts'
import type { EmfMetricsOptions } from './emf-metrics.ts'
import { writeLine } from './write-line.ts'

/** Options of {@link emfConsumerMetrics}: those of `emfMetrics` that do not concern commands. */
export type EmfConsumerMetricsOptions = Omit<EmfMetricsOptions, 'perCommand'>

/** What consumers are given to report to. */
export interface EmfConsumerMetrics {
  /** For `createConsumers`. */
  readonly onDelivered: (report: DeliveryReport) => void
  /** For `streamHandler`. */
  readonly onHealth: (consumers: readonly ConsumerHealth[]) => void
}

const lagMetrics: readonly EmfMetric[] = [
  { Name: 'LagMax', Unit: 'Milliseconds' },
  { Name: 'LagMean', Unit: 'Milliseconds' },
]
const counts: readonly EmfMetric[] = ['Events', 'GapReads', 'Repeats', 'Failed', 'NewlyParked'].map(
  (Name) => ({ Name, Unit: 'Count' }),
)
const parked: EmfMetric = { Name: 'Parked', Unit: 'Count' }

/** Members of a line that no dimension may be named after. */
const reserved = new Set(['_aws', 'Consumer', ...[...lagMetrics, ...counts, parked].map(({ Name }) => Name)])

/**
 * Writes a line in CloudWatch's embedded metric format for each batch and consumer: `LagMax` and `LagMean` (from the commit
 * to the end of its handling; only where commits were handled), `Events`, `GapReads`, `Repeats`, and the entities that are
 * `Failed` (to come again) and `NewlyParked`, by `Consumer`. With each health check also `Parked`, the entities that wait
 * for a person at present (100 at most): by `Consumer`, and without it, so that one alarm watches all of them. Its maximum
 * is what counts, not its sum. Throws `TypeError` on names that CloudWatch does not take.
 */
export function emfConsumerMetrics(options: EmfConsumerMetricsOptions): EmfConsumerMetrics {
  const checks = { namespace: anything, dimensions: anything, write: aFunction }
  checkOptions<EmfConsumerMetricsOptions>('emfConsumerMetrics', options, checks)
  const { namespace, dimensions = {}, write = writeLine } = options
  checkEmfNames(namespace, dimensions, reserved)
  const all = Object.keys(dimensions)
  const each = [...all, 'Consumer']
  const line = (CloudWatchMetrics: readonly object[], members: object) =>
    write(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics }, ...dimensions, ...members }))

  return {
    onDelivered({ consumer, events, commits, gapReads, repeats, failed, parked: newlyParked, lagMs }) {
      const hasLag = commits > 0
      line([emfDirective(namespace, each, hasLag ? [...lagMetrics, ...counts] : counts)], {
        Consumer: consumer,
        ...(hasLag && { LagMax: lagMs.max, LagMean: lagMs.mean }),
        Events: events,
        GapReads: gapReads,
        Repeats: repeats,
        Failed: failed.length,
        NewlyParked: newlyParked.length,
      })
    },
    onHealth(consumers) {
      const directives = [each, all].map((names) => emfDirective(namespace, names, [parked]))
      for (const { consumer, parked: count } of consumers)
        line(directives, { Consumer: consumer, Parked: count })
    },
  }
}
