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

/** The rows of a table in Markdown, as {@link markdown} makes it; none where its title is another. */
export function parsed(title: string, text: string): Table {
  const lines = text.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  const from = lines.findIndex(([first]) => first === title)
  const [, ...columns] = lines[from] ?? []
  const to = lines.findIndex((cells, index) => index > from && cells.length === 0)
  return lines.slice(from + 2, to).map(([row = '', ...cells]) => {
    const outcomes = columns.flatMap((column, index) => {
      const outcome = (Object.keys(marks) as Outcome[]).find((each) => marks[each] === cells[index])
      return outcome === undefined ? [] : [[column, outcome] as const]
    })
    return [row, new Map(outcomes)] as const
  })
}

/** A table with what another run showed since in its place. */
export function updated(present: Table, since: Table): Table {
  const rows = new Map(present)
  for (const [row, cells] of since) rows.set(row, new Map([...(rows.get(row) ?? []), ...cells]))
  return [...rows].toSorted(([a], [b]) => a.localeCompare(b, 'en'))
}

/** What `matrix.md` holds. */
export function keptMatrix(): string {
  return readFileSync(file, 'utf8')
}

/**
 * Keeps what a run showed in `matrix.md`, which README repeats. Resolves with what to do where that differs from what was
 * committed; in CI nothing is written.
 */
export function keepMatrix(text: string): string | undefined {
  if (keptMatrix() === text) return undefined
  if (process.env['CI'] !== undefined)
    return 'test/clouds/matrix.md is not what ran: run npm run test:clouds, and commit it and README.md.'
  writeFileSync(file, text)
  return 'test/clouds/matrix.md has changed: repeat it in README.md, and commit both.'
}
