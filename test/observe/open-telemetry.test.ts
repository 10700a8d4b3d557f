import * as api from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { openTelemetry, parentContext } from 'tailfold/observe'
import { describe, expect, test } from 'vitest'
import { command, openBank } from '../helpers/bank.ts'

const id = 'acc-001'
const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${spanId}-01`

function openTracing() {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  return { tracer: provider.getTracer('test'), spans: () => exporter.getFinishedSpans() }
}

describe('the span of a command', () => {
  test('has its name, times and attributes, and goes on with the trace of the request', async () => {
    const { tracer, spans } = openTracing()
    const { engine, platform, store } = openBank()
    store.plan('append', async (call) => {
      platform.jump(250)
      return call()
    })
    const bank = engine({ observers: [openTelemetry({ api, tracer })], costs: true })
    await bank.execute(id, command.deposit(5), {
      traceparent,
      tenant: 'acme',
      requestId: 'r-1',
      principal: { id: 'user-17' },
    })
    const [span, ...others] = spans()
    expect(others).toEqual([])
    expect(span?.name).toBe('account Deposit')
    expect(span?.spanContext().traceId).toBe(traceId)
    expect(span?.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true })
    expect(span?.status.code).toBe(api.SpanStatusCode.UNSET)
    const began = Date.UTC(2026, 0, 1) / 1_000
    expect([span?.startTime, span?.endTime]).toEqual([
      [began, 0],
      [began, 250_000_000],
    ])
    expect(span?.attributes).toEqual({
      'tailfold.entity.type': 'account',
      'tailfold.entity.id': id,
      'tailfold.tenant': 'acme',
      'tailfold.command': 'Deposit',
      'tailfold.request_id': 'r-1',
      'tailfold.principal': 'user-17',
      'tailfold.outcome': 'replied',
      'tailfold.revision.before': 0,
      'tailfold.revision': 1,
      'tailfold.attempts': 1,
      'tailfold.conflicts': 0,
      'tailfold.replayed': false,
      'tailfold.replayed_commits': 0,
      'tailfold.requests': 2,
      'tailfold.read_units': 0,
      'tailfold.write_units': 0,
      'tailfold.batch': 1,
    })
  })

  test('begins a trace of its own without one, or with a malformed one', async () => {
    const { tracer, spans } = openTracing()
    const bank = openBank().engine({ observers: [openTelemetry({ api, tracer })] })
    await bank.execute(id, command.deposit(5))
    await bank.execute(id, command.deposit(5), { traceparent: '00-nonsense-01' })
    expect(spans().map((span) => span.parentSpanContext)).toEqual([undefined, undefined])
  })

  test('is a child of the active span of the same trace, not of one of another', async () => {
    const { tracer, spans } = openTracing()
    const server = tracer.startSpan('POST', {}, parentContext(api, traceparent))
    const foreign = tracer.startSpan('other')
    for (const active of [server, foreign]) {
      const seen = { ...api, context: { active: () => api.trace.setSpan(api.ROOT_CONTEXT, active) } }
      const bank = openBank().engine({ observers: [openTelemetry({ api: seen, tracer })] })
      await bank.execute(id, command.deposit(5), { traceparent })
      await bank.execute(id, command.deposit(5))
    }
    expect(spans().map((span) => span.parentSpanContext?.spanId)).toEqual([
      server.spanContext().spanId,
      server.spanContext().spanId,
      spanId,
      foreign.spanContext().spanId,
    ])
  })

  test('says that it failed by code, and quotes no message', async () => {
    const { tracer, spans } = openTracing()
    const bank = openBank().engine({ observers: [openTelemetry({ api, tracer })] })
    await bank.execute(id, command.withdraw(5))
    await bank.execute(id, command.deposit(5), { expectedRevision: 3 }).catch(() => {})
    await bank.execute(id, { type: 'x'.repeat(100) }).catch(() => {})
    const { ERROR, UNSET } = api.SpanStatusCode
    expect(
      spans().map(({ name, status, attributes, events }) => [name, status, attributes['error.type'], events]),
    ).toEqual([
      ['account Withdraw', { code: UNSET }, undefined, []],
      ['account Deposit', { code: ERROR, message: 'revision-mismatch' }, 'revision-mismatch', []],
      ['account', { code: ERROR, message: 'unhandled-command' }, 'unhandled-command', []],
    ])
  })

  test("is made with the module's own tracer when none is given", async () => {
    const exporter = new InMemorySpanExporter()
    api.trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    )
    await openBank()
      .engine({ observers: [openTelemetry({ api })] })
      .execute(id, command.deposit(5))
    api.trace.disable()
    expect(exporter.getFinishedSpans().map(({ instrumentationScope }) => instrumentationScope.name)).toEqual([
      'tailfold',
    ])
  })
})

describe('a consumer of events', () => {
  test('continues the trace that stands in the commit', async () => {
    const { tracer, spans } = openTracing()
    const { engine, journal } = openBank()
    await engine().execute(id, command.deposit(5), { traceparent })
    for await (const page of journal.commits({ entityType: 'account', entityId: id }, { fromRevision: 1 })) {
      for (const { causes } of page)
        tracer.startSpan('project', {}, parentContext(api, causes?.[0]?.traceparent)).end()
    }
    expect(spans().map((span) => span.parentSpanContext?.spanId)).toEqual([spanId])
  })

  test('begins a trace of its own where none stands', () => {
    expect(parentContext(api, undefined)).toBe(api.ROOT_CONTEXT)
  })
})

test('a meter is told duration by outcome, conflicts, and cost in shares that add up', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test')
  const { tracer } = openTracing()
  const bank = openBank().engine({ observers: [openTelemetry({ api, tracer, meter })], costs: true })
  await Promise.all(
    [command.deposit(5), command.deposit(5), command.withdraw(50)].map((sent) => bank.execute(id, sent)),
  )
  await bank.execute(id, { type: 'Nope' }).catch(() => {})
  await reader.forceFlush()
  const points = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(({ descriptor, dataPoints }) => [
          `${descriptor.name} ${descriptor.unit}`,
          dataPoints.map(({ attributes, value }) => [
            attributes['tailfold.command'],
            attributes['tailfold.outcome'],
            typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value.count,
          ]),
        ]),
      ),
    )
  await reader.shutdown()
  expect(Object.fromEntries(points)).toEqual({
    'tailfold.command.duration s': [
      ['Deposit', 'replied', 2],
      ['Withdraw', 'rejected', 1],
      ['other', 'unhandled-command', 1],
    ],
    'tailfold.conflicts {conflict}': [
      ['Deposit', undefined, 0],
      ['Withdraw', undefined, 0],
      ['other', undefined, 0],
    ],
    'tailfold.requests {request}': [
      ['Deposit', undefined, 1.333],
      ['Withdraw', undefined, 0.667],
      ['other', undefined, 1],
    ],
    'tailfold.read_units {unit}': [
      ['Deposit', undefined, 0],
      ['Withdraw', undefined, 0],
      ['other', undefined, 0],
    ],
    'tailfold.write_units {unit}': [
      ['Deposit', undefined, 0],
      ['Withdraw', undefined, 0],
      ['other', undefined, 0],
    ],
  })
})

test.for<[string, unknown]>([
  ['no options', undefined],
  ['no module', {}],
  ['an option that is misspelt', { api, metre: undefined }],
])('%s is a mistake found at construction', ([, options]) => {
  expect(() => openTelemetry(options as never)).toThrow(/^(openTelemetry|api) /)
})
