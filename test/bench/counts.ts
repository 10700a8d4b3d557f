/** True with `--tiny`: a few of everything, to check that a benchmark runs. Its figures mean nothing. */
export const tiny: boolean = process.argv.includes('--tiny')

/** How many of something to measure. */
export function count(full: number, few: number): number {
  return tiny ? few : full
}
