/**
 * What is used of `@opentelemetry/api`: the module itself is one of these. Written down here, so that whoever does not
 * use it needs no types of it either. `Context` is opaque.
 */
export interface OpenTelemetryApi {
  readonly ROOT_CONTEXT: object
  readonly context: { active(): object }
  readonly trace: {
    getTracer(name: string): Tracer
    getSpanContext(context: never): { readonly traceId: string } | undefined
    setSpanContext(context: never, spanContext: never): object
  }
}

/** Attributes of spans and measurements. */
export type Attributes = Record<string, string | number | boolean>

/** A tracer of OpenTelemetry. */
export interface Tracer {
  startSpan(name: string, options?: { startTime?: Date; attributes?: Attributes }, context?: never): Span
}

/** A span of OpenTelemetry. */
export interface Span {
  setAttributes(attributes: Attributes): unknown
  setStatus(status: { code: number; message?: string }): unknown
  updateName(name: string): unknown
  end(endTime?: Date): void
}

/** A meter of OpenTelemetry. */
export interface Meter {
  createHistogram(
    name: string,
    options?: InstrumentOptions,
  ): {
    record(value: number, attributes?: Attributes): void
  }
  createCounter(
    name: string,
    options?: InstrumentOptions,
  ): {
    add(value: number, attributes?: Attributes): void
  }
}

/** How an instrument is described. */
export interface InstrumentOptions {
  description?: string
  unit?: string
  advice?: { explicitBucketBoundaries?: number[] }
}
