import { aFunction, anything, checkOptions, trueOrFalse } from '../core/base/check-options.ts'
import type { CommandEnd, CommandObserver, CommandStart } from '../core/engine/observer.ts'
import { checkEmfNames, emfDirective, type EmfMetric } from './emf-line.ts'
import { writeLine } from './write-line.ts'

/** Options of {@link emfMetrics}. */
export interface EmfMetricsOptions {
  /** Where CloudWatch keeps the metrics: `'Bank'`. 1 to 255 letters, digits and `.-_/#:`, not beginning with `AWS/`. */
  readonly namespace: string
  /** Further dimensions of every metric, with their values: `{ Stage: 'prod' }`. Default none. */
  readonly dimensions?: Readonly<Record<string, string>>
  /** Metrics for each command, not only for each entity type. Default false: CloudWatch bills every combination. */
  readonly perCommand?: boolean
  /** Takes each line, without its end. Default: standard output. */
  readonly write?: (line: string) => void
}

const metrics: readonly EmfMetric[] = [
  { Name: 'Duration', Unit: 'Milliseconds' },
  { Name: 'Conflicts', Unit: 'Count' },
  { Name: 'Errors', Unit: 'Count' },
]
const costMetrics: readonly EmfMetric[] = [
  { Name: 'Requests', Unit: 'Count' },
  { Name: 'ReadUnits', Unit: 'Count' },
  { Name: 'WriteUnits', Unit: 'Count' },
]
const errorMetrics: readonly EmfMetric[] = [{ Name: 'Errors', Unit: 'Count' }]

/** Members of a line that no dimension may be named after. */
const reserved = new Set([
  '_aws',
  'EntityType',
  'Command',
  'Outcome',
  'RequestId',
  ...[...metrics, ...costMetrics].map(({ Name }) => Name),
])

/**
 * Writes a line in CloudWatch's embedded metric format for each command when it has ended: Duration, Conflicts and Errors
 * by entity type; where costs are asked for Requests, ReadUnits and WriteUnits, of which commands that were decided
 * together count equal shares, so that sums are right; and Errors by Outcome too, for commands that were neither answered
 * nor refused. Throws `TypeError` on names that CloudWatch does not take, and on unknown options.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfMetrics(options: EmfMetricsOptions): CommandObserver {
  checkOptions<EmfMetricsOptions>('emfMetrics', options, {
    namespace: anything,
    dimensions: anything,
    perCommand: trueOrFalse,
    write: aFunction,
  })
  const { namespace, dimensions = {}, perCommand = false, write = writeLine } = options
  checkEmfNames(namespace, dimensions, reserved)
  const names = [...Object.keys(dimensions), 'EntityType', ...(perCommand ? ['Command'] : [])]

  return (start) => (end) => {
    const isError = end.outcome !== 'replied' && end.outcome !== 'rejected'
    const { cost } = end
    const line = {
      _aws: {
        Timestamp: Math.floor(start.startedAt),
        CloudWatchMetrics: [
          emfDirective(namespace, names, cost === undefined ? metrics : [...metrics, ...costMetrics]),
          ...(isError ? [emfDirective(namespace, [...names, 'Outcome'], errorMetrics)] : []),
        ],
      },
      ...dimensions,
      EntityType: start.entityType,
      ...(perCommand && { Command: commandDimension(start, end) }),
      Outcome: end.outcome,
      RequestId: start.requestId,
      Duration: end.durationMs,
      Conflicts: end.conflicts,
      Errors: isError ? 1 : 0,
      ...(cost && {
        Requests: cost.requests / cost.commands,
        ReadUnits: cost.readUnits / cost.commands,
        WriteUnits: cost.writeUnits / cost.commands,
      }),
    }
    write(JSON.stringify(line))
  }
}

/** Callers choose what they name a command: what no entity handles must not become a metric that is billed. */
function commandDimension({ command }: CommandStart, { outcome }: CommandEnd): string {
  return outcome !== 'unhandled-command' && /^[\x21-\x7e]{1,128}$/.test(command) ? command : 'other'
}
