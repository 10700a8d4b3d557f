import { expect, test } from 'vitest'
import { gatherBytes } from '../../src/runtimes/common/gathered-bytes.ts'

test('one part is kept as it is', () => {
  const part = new Uint8Array([1, 2, 3])
  const gathered = gatherBytes(100)
  expect(gathered.add(part)).toBe(3)
  expect(gathered.whole()).toEqual(part)
  expect(gathered.whole().buffer).toBe(part.buffer)
})

test.for([1, 10, 1_000, 2_000])('parts of any length come out as they went in, expected %s', (expected) => {
  const gathered = gatherBytes(expected)
  const bytes = Uint8Array.from({ length: 1_000 }, (_, at) => at % 256)
  let kept = 0
  for (let at = 0, length = 0; at < bytes.length; at += length, length = (length * 7 + 1) % 50) {
    kept += gathered.add(bytes.subarray(at, at + length))
  }
  expect(gathered.whole()).toEqual(bytes)
  expect(kept).toBeLessThanOrEqual(Math.max(1_000, Math.min(expected, 2_000)))
})

test('nothing is no bytes', () => {
  expect(gatherBytes(10).whole()).toEqual(new Uint8Array())
})
