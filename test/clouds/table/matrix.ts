import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Rows of a table by name, in order, each with what its columns say. */
export type Table = readonly (readonly [row: string, cells: ReadonlyMap<string, Outcome>])[]

/** How the tests of a cell ended; `part`: those that were asked passed, others are excused with a reason. */
export type Outcome = 'passed' | 'part' | 'failed'

const file = fileURLToPath(new URL('../matrix.md', import.meta.url))
const marks: Readonly<Record<Outcome, string>> = { passed: '✓', part: '✓*', failed: 'fails' }

/** A table in Markdown; columns that no row has are left out. */
export function markdown(title: string, columns: readonly string[], table: Table): string {
  const used = columns.filter((column) => table.some(([, cells]) => cells.has(column)))
  const lines = [
    [title, ...used],
    ['', ...used].map(() => '---'),
    ...table.map(([row, cells]) => [
      row,
      ...used.map((column) => {
        const outcome = cells.get(column)
        return outcome === undefined ? '' : marks[outcome]
      }),
    ]),
  ]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/**
 * Keeps what a run of all tests showed in `matrix.md`, which README repeats. Resolves with what to do where that differs from
 * what was committed; in CI nothing is written.
 */
export function keepMatrix(text: string): string | undefined {
  const present = readFileSync(file, 'utf8')
  if (present === text) return undefined
  if (process.env['CI'] !== undefined)
    return 'test/clouds/matrix.md is not what ran: run npm run test:clouds and commit it.'
  writeFileSync(file, text)
  return 'test/clouds/matrix.md was written anew: repeat it in README.md, and commit both.'
}
