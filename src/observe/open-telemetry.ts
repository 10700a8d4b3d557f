import { anything, checkOptions } from '../core/base/check-options.ts'
import type { CommandEnd, CommandObserver, CommandStart } from '../core/engine/observer.ts'
import { parseTraceparent } from '../core/base/trace-parent.ts'
import type { Attributes, Meter, OpenTelemetryApi, Tracer } from './open-telemetry-api.ts'
import { openTelemetryInstruments } from './open-telemetry-instruments.ts'

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** The module: `import * as api from '@opentelemetry/api'`. */
  readonly api: OpenTelemetryApi
  /** Default: `api.trace.getTracer('tailfold')`. */
  readonly tracer?: Tracer
  /** Where to record the duration, conflicts and cost of commands. Default: nowhere. */
  readonly meter?: Meter
}

/** As in `SpanStatusCode` of OpenTelemetry. */
const errorStatus = 2

/**
 * A span for each command, named after entity type and command: `account Deposit`. Its parent is the active span; the
 * span of the command's `traceparent` where none is active, or one of another trace. A command that was neither answered
 * nor refused has the status error and its code as `error.type`; messages are left out, for they may quote.
 */
export function openTelemetry(options: OpenTelemetryOptions): CommandObserver {
  checkOptions<OpenTelemetryOptions>('openTelemetry', options, {
    api: anything,
    tracer: anything,
    meter: anything,
  })
  const { api, tracer, meter } = options
  if (typeof api?.trace?.getTracer !== 'function')
    throw new TypeError('openTelemetry needs api, all that the module @opentelemetry/api exports.')
  const spans = tracer ?? api.trace.getTracer('tailfold')
  const measure = meter && openTelemetryInstruments(meter)
  return (start) => {
    const span = spans.startSpan(
      `${start.entityType} ${start.command}`,
      { startTime: new Date(start.startedAt), attributes: startAttributes(start) },
      contextOf(api, start) as never,
    )
    return (end) => {
      const { outcome } = end
      span.setAttributes(endAttributes(end))
      if (outcome !== 'replied' && outcome !== 'rejected') {
        span.setAttributes({ 'error.type': outcome })
        span.setStatus({ code: errorStatus, message: outcome })
      }
      // Callers choose what they name a command: names of spans are to be few.
      if (outcome === 'unhandled-command') span.updateName(start.entityType)
      span.end(new Date(start.startedAt + end.durationMs))
      measure?.(start, end)
    }
  }
}

/**
 * A context in which spans are children of a `traceparent`, such as that of a commit or an audit event: what a consumer of
 * events starts its own span in. The root context if it is missing or malformed.
 *
 * @example tracer.startSpan('project', {}, parentContext(api, commit.causes?.[0]?.traceparent))
 */
export function parentContext<Api extends OpenTelemetryApi>(
  api: Api,
  traceparent: string | undefined,
): Api['ROOT_CONTEXT'] {
  const parent = parseTraceparent(traceparent)
  if (parent === undefined) return api.ROOT_CONTEXT
  const { traceId, spanId, flags } = parent
  const spanContext = { traceId, spanId, traceFlags: flags, isRemote: true }
  return api.trace.setSpanContext(api.ROOT_CONTEXT as never, spanContext as never)
}

function contextOf(api: OpenTelemetryApi, { traceparent }: CommandStart): object {
  const active = api.context.active()
  const parent = parseTraceparent(traceparent)
  const traceId = api.trace.getSpanContext(active as never)?.traceId
  return parent === undefined || parent.traceId === traceId ? active : parentContext(api, traceparent)
}

function startAttributes(start: CommandStart): Attributes {
  return present({
    'tailfold.entity.type': start.entityType,
    'tailfold.entity.id': start.entityId,
    'tailfold.tenant': start.tenant,
    'tailfold.command': start.command,
    'tailfold.request_id': start.requestId,
    'tailfold.principal': start.principal,
  })
}

function endAttributes({ cost, ...end }: CommandEnd): Attributes {
  return present({
    'tailfold.outcome': end.outcome,
    'tailfold.revision.before': end.revisionBefore,
    'tailfold.revision': end.revision,
    'tailfold.attempts': end.attempts,
    'tailfold.conflicts': end.conflicts,
    'tailfold.replayed': end.replayed,
    'tailfold.replayed_commits': end.replayedCommits,
    'tailfold.requests': cost?.requests,
    'tailfold.read_units': cost?.readUnits,
    'tailfold.write_units': cost?.writeUnits,
    'tailfold.batch': cost?.commands,
  })
}

function present(attributes: Record<string, Attributes[string] | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
