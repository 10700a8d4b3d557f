import { describeValue } from '../core/base/describe-value.ts'

/** What an index of a view orders by or finds. A number is finite; a `Date` is of the years 0 to 9999. */
export type IndexValue = string | number | boolean | Date

/**
 * An index value as text that orders by code points as the values do: booleans, then numbers, then text. Dates are their
 * ISO 8601 text, so that the beginning of one, such as `2026-01`, is a bound. Throws `TypeError` for other values.
 */
export function indexText(value: unknown): string {
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'boolean') return `b:${value}`
  if (typeof value === 'number' && Number.isFinite(value)) return `n:${orderedNumber(value)}`
  if (value instanceof Date && !Number.isNaN(value.getTime())) {
    const text = value.toISOString()
    if (/^\d{4}-/.test(text)) return textOf(text)
  }
  throw new TypeError(
    `an index value must be text, a finite number, a boolean or a Date of the years 0 to 9999, not ${describeValue(value)}`,
  )
}

function textOf(value: string): string {
  if (!value.isWellFormed())
    throw new TypeError('an index value must be well-formed text: it holds a lone surrogate')
  return `s:${value}`
}

/** The bits of a double as 16 hexadecimal digits, turned so that their order is that of the numbers. */
function orderedNumber(value: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value === 0 ? 0 : value)
  const bits = view.getBigUint64(0)
  const turned = bits >> 63n === 1n ? ~bits & 0xffff_ffff_ffff_ffffn : bits | 0x8000_0000_0000_0000n
  return turned.toString(16).padStart(16, '0')
}
