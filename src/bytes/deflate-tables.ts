/** Source of all of these: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 */

/** Extra bits of the length symbols from 257 on, and of the distance symbols. */
export const lengthExtra: readonly number[] = [...extraBits(28, 4), 0]
export const distanceExtra: readonly number[] = extraBits(30, 2)

/** The smallest length and distance of each symbol. */
export const lengthBase: readonly number[] = [...bases(lengthExtra.slice(0, 28), 3), 258]
export const distanceBase: readonly number[] = bases(distanceExtra, 1)

/** Code lengths of a block with fixed codes. */
export const fixedLengths: readonly number[] = Array.from({ length: 288 }, (_, symbol) =>
  symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
)
export const fixedDistances: readonly number[] = Array.from({ length: 30 }, () => 5)

/** None for the first `2 * step` symbols, then one more every `step`. */
function extraBits(symbols: number, step: number): readonly number[] {
  return Array.from({ length: symbols }, (_, symbol) => Math.max(0, Math.floor(symbol / step) - 1))
}

function bases(extra: readonly number[], first: number): readonly number[] {
  let next = first
  return extra.map((bits) => {
    const base = next
    next += 1 << bits
    return base
  })
}
