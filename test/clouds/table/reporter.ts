import type { Reporter, TestCase } from 'vitest/node'
import { type Cell, runtimeColumns, storeColumns } from './cell.ts'
import { keepMatrix, keptMatrix, markdown, type Outcome, parsed, type Table, updated } from './matrix.ts'

type Rows = Map<string, Map<string, TestCase[]>>

/**
 * Prints two tables at the end of a run: stores, and runtimes, each with what its tests told. The matrix is kept:
 * a run of some tests changes its cells alone. A run that differs from it in CI fails.
 */
export function tableReporter({ all }: { readonly all: boolean }): Reporter {
  const rows: Record<Cell['table'], Rows> = { stores: new Map(), runtimes: new Map() }
  return {
    onTestCaseResult(test) {
      const { cell } = test.meta()
      if (cell === undefined) return
      const row = rows[cell.table].get(cell.row) ?? new Map<string, TestCase[]>()
      rows[cell.table].set(cell.row, row)
      row.set(cell.column, [...(row.get(cell.column) ?? []), test])
    },
    onTestRunEnd() {
      print('store', storeColumns, rows.stores)
      print('runtime', runtimeColumns, rows.runtimes)
      const kept = keptMatrix()
      const [stores, runtimes] = (
        [
          ['store', storeColumns, rows.stores],
          ['runtime', runtimeColumns, rows.runtimes],
        ] as const
      ).map(([title, columns, ran]) => {
        const table = all ? tableOf(ran) : updated(parsed(title, kept), tableOf(ran))
        return markdown(title, columns, table)
      })
      const differs = keepMatrix(`${stores}\n${runtimes}`)
      if (differs === undefined) return
      console.error(`\n${differs}`)
      if (process.env['CI'] !== undefined) process.exitCode = 1
    },
  }
}

function print(title: string, columns: readonly string[], rows: Rows): void {
  if (rows.size === 0) return
  const lines = [[title, ...columns]]
  for (const [name, cells] of sorted(rows))
    lines.push([name, ...columns.map((column) => textOf(cells.get(column) ?? []))])
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  console.log()
  for (const line of lines)
    console.log(
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

function sorted(rows: Rows) {
  return [...rows].toSorted(([a], [b]) => a.localeCompare(b, 'en'))
}

function tableOf(rows: Rows): Table {
  return sorted(rows).map(([name, cells]) => [
    name,
    new Map([...cells].map(([column, tests]) => [column, outcomeOf(tests)])),
  ])
}

function outcomeOf(tests: readonly TestCase[]): Outcome {
  const states = tests.map((test) => test.result().state)
  if (states.includes('failed')) return 'failed'
  // A suite that runs elsewhere tells `45 of 60` as the text of one test.
  const text = tests.map((test) => test.meta().text).find((told) => /^(\d+) of (?!\1\b)/.test(told ?? ''))
  return states.every((state) => state === 'passed') && text === undefined ? 'passed' : 'part'
}

function textOf(tests: readonly TestCase[]): string {
  const states = tests.map((test) => test.result().state)
  if (states.includes('failed')) return 'FAILS'
  const passed = states.filter((state) => state === 'passed').length
  const left = states.length - passed
  const text = tests.map((test) => test.meta().text).findLast((told) => told !== undefined)
  if (text !== undefined) return text
  if (states.length === 0) return '-'
  return left === 0 ? `${passed}` : `${passed} of ${states.length}`
}
