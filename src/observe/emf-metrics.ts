import type { CommandEnd, CommandObserver, CommandStart } from '../core/engine/observer.ts'
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

/** A metric and its unit. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const metrics = [
  { Name: 'Duration', Unit: 'Milliseconds' },
  { Name: 'Conflicts', Unit: 'Count' },
  { Name: 'Errors', Unit: 'Count' },
]
const costMetrics = [
  { Name: 'Requests', Unit: 'Count' },
  { Name: 'ReadUnits', Unit: 'Count' },
  { Name: 'WriteUnits', Unit: 'Count' },
]
const errorMetrics = [{ Name: 'Errors', Unit: 'Count' }]

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
 * nor refused. Throws `TypeError` on names that CloudWatch does not take.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfMetrics(options: EmfMetricsOptions): CommandObserver {
  const { namespace, dimensions = {}, perCommand = false, write = writeLine } = options
  checkNamespace(namespace)
  checkDimensions(dimensions)
  const names = [...Object.keys(dimensions), 'EntityType', ...(perCommand ? ['Command'] : [])]

  return (start) => (end) => {
    const isError = end.outcome !== 'replied' && end.outcome !== 'rejected'
    const { cost } = end
    const directive = (Dimensions: readonly string[], Metrics: readonly object[]) => ({
      Namespace: namespace,
      Dimensions: [Dimensions],
      Metrics,
    })
    const line = {
      _aws: {
        Timestamp: Math.floor(start.startedAt),
        CloudWatchMetrics: [
          directive(names, cost === undefined ? metrics : [...metrics, ...costMetrics]),
          ...(isError ? [directive([...names, 'Outcome'], errorMetrics)] : []),
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

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
function checkNamespace(namespace: string): void {
  if (/^(?!AWS\/)[\w.\-/#:]{1,255}$/.test(namespace)) return
  throw new TypeError(
    `An EMF namespace is 1 to 255 letters, digits and ".-_/#:", not beginning with "AWS/"; not ${JSON.stringify(namespace)}.`,
  )
}

/** Entity type, command and outcome are three more. */
const mostDimensions = 30 - 3

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html */
function checkDimensions(dimensions: Readonly<Record<string, string>>): void {
  const entries = Object.entries(dimensions)
  if (entries.length > mostDimensions)
    throw new TypeError(`EMF metrics take up to ${mostDimensions} dimensions, not ${entries.length}.`)
  for (const [name, value] of entries) {
    if (reserved.has(name)) throw new TypeError(`The EMF dimension ${name} has a meaning already.`)
    if (!/^(?!:)[\x20-\x7e]{1,255}$/.test(name) || name.trim() === '')
      throw new TypeError(
        `${JSON.stringify(name)} is no name of an EMF dimension: 1 to 255 ASCII characters.`,
      )
    if (typeof value !== 'string' || !/^[\x20-\x7e]{1,1024}$/.test(value) || value.trim() === '')
      throw new TypeError(`The EMF dimension ${name} needs a value of 1 to 1024 ASCII characters.`)
  }
}
