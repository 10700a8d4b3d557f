/** Columns of the table of stores. */
export const storeColumns = [
  'conformance',
  'contention',
  'chaos',
  'units',
  'races',
  'kill -9',
  'rows',
] as const
/** Columns of the table of runtimes. */
export const runtimeColumns = ['same app', 'overlap', 'restart'] as const

/** Where the outcome of a test is shown. Several tests may share a cell: it fails when one of them does. */
export interface Cell {
  readonly table: 'stores' | 'runtimes'
  /** `'PostgreSQL'`. */
  readonly row: string
  readonly column: (typeof storeColumns)[number] | (typeof runtimeColumns)[number]
}

declare module 'vitest' {
  interface TaskMeta {
    cell?: Cell
    /** What the cell says when all its tests pass. Default: how many did. */
    text?: string
  }
}
