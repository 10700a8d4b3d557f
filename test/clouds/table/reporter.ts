import type { Reporter, TestCase } from 'vitest/node'
import { type Cell, runtimeColumns, storeColumns } from './cell.ts'

type Rows = Map<string, Map<string, TestCase[]>>

/** Prints two tables at the end of a run: stores, and runtimes, each with what its tests told. */
export function tableReporter(): Reporter {
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
    },
  }
}

function print(title: string, columns: readonly string[], rows: Rows): void {
  if (rows.size === 0) return
  const lines = [[title, ...columns]]
  for (const [name, cells] of [...rows].toSorted(([a], [b]) => a.localeCompare(b)))
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
