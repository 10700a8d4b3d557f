export { describeEntity } from '../core/base/entity-key.ts'
export { parseTraceparent, type TraceParent } from '../core/base/trace-parent.ts'
export { type CommandRecord, commandRecord } from './command-record.ts'
export { type CommandMessage, commandChannelName, diagnosticsChannel } from './diagnostics-channel.ts'
export {
  type EmfConsumerMetrics,
  type EmfConsumerMetricsOptions,
  emfConsumerMetrics,
} from './emf-consumer-metrics.ts'
export { type EmfMetricsOptions, emfMetrics } from './emf-metrics.ts'
export { type JsonLogOptions, jsonLog, type Logger } from './json-log.ts'
export { type OpenTelemetryOptions, openTelemetry, parentContext } from './open-telemetry.ts'
export type { OpenTelemetryApi } from './open-telemetry-api.ts'
