/** The value below which so many percent of the values lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** Two sides measured in turns, so that what disturbs the machine disturbs both. */
export interface PairedFigure {
  readonly pairs: number
  /** Median of the ratios of the pairs, second side over first. */
  readonly ratio: number
  readonly ratioP10: number
  readonly ratioP90: number
  /** Ratio of the sums: a rare slow one counts here. */
  readonly meanRatio: number
  /** Medians of each side, in milliseconds of what was measured. */
  readonly firstMs: number
  readonly secondMs: number
}

/** Measures two sides in turns, the order changing from pair to pair. Each side returns what it took. */
export async function measurePaired(
  pairs: number,
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<PairedFigure> {
  const taken: [number, number][] = []
  for (let n = 0; n < pairs; n++) {
    if (n % 2 === 0) {
      const a = await first()
      taken.push([a, await second()])
    } else {
      const b = await second()
      taken.push([await first(), b])
    }
  }
  const ratios = taken.map(([a, b]) => b / a)
  return {
    pairs,
    ratio: median(ratios),
    ratioP10: percentile(ratios, 10),
    ratioP90: percentile(ratios, 90),
    meanRatio: sumOf(taken.map(([, b]) => b)) / sumOf(taken.map(([a]) => a)),
    firstMs: median(taken.map(([a]) => a)),
    secondMs: median(taken.map(([, b]) => b)),
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** Milliseconds that work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
