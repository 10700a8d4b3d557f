import { parseTraceparent } from 'tailfold/observe'
import { expect, test } from 'vitest'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

test.for([
  ['recorded', `00-${traceId}-${spanId}-01`, { traceId, spanId, flags: 1 }],
  ['not recorded', `00-${traceId}-${spanId}-00`, { traceId, spanId, flags: 0 }],
  ['of a later version', `01-${traceId}-${spanId}-ff`, { traceId, spanId, flags: 255 }],
  ['of a later version with more fields', `01-${traceId}-${spanId}-01-more`, { traceId, spanId, flags: 1 }],
  ['of version 00 with more fields', `00-${traceId}-${spanId}-01-more`, undefined],
  ['of the version that is none', `ff-${traceId}-${spanId}-01`, undefined],
  ['without a trace', `00-${'0'.repeat(32)}-${spanId}-01`, undefined],
  ['without a span', `00-${traceId}-${'0'.repeat(16)}-01`, undefined],
  ['in capitals', `00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
  ['cut off', `00-${traceId}-${spanId}`, undefined],
  ['with text after it', `00-${traceId}-${spanId}-01, x`, undefined],
  ['absent', undefined, undefined],
] as const)('a traceparent %s', ([, text, parsed]) => {
  expect(parseTraceparent(text)).toEqual(parsed)
})
