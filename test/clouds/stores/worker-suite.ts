import type { ChaosReport } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import type { Cell } from '../table/cell.ts'
import { type CommandCosts, costText } from '../suite/units.ts'
import type { PartReport } from '../workers/suite-in-worker.ts'

/** A store that only a Worker, or Deno, can open. */
export interface WorkerSuite {
  readonly row: string
  readonly start: () => Promise<{ readonly url: URL }>
  /** Query of every request, such as `feed`. */
  readonly query: string
  readonly costs: CommandCosts
}

/** Every test of such a store, each with its cell in the table. */
export function workerSuite({ row, start, query, costs }: WorkerSuite): void {
  const cell = (column: Cell['column']) => ({ meta: { cell: { table: 'stores', row, column } as const } })

  async function part(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { url } = await start()
    const search = new URLSearchParams({ ...parameters, [query]: '' })
    const answer = await fetch(new URL(`${path}?${search.toString()}`, url), {
      headers: { connection: 'close' },
    })
    const { value, error } = (await answer.json()) as PartReport
    if (error !== undefined) throw new Error(error)
    return value
  }

  describe(`${row} store`, () => {
    test('keeps the store contract', { ...cell('conformance'), timeout: 180_000 }, async ({ task }) => {
      const cases = (await part('/names')) as { readonly name: string; readonly skip?: string }[]
      const asked = cases.filter(({ skip }) => skip === undefined)
      const failed: string[] = []
      for (const { name } of asked)
        await part('/run', { name }).catch((error: unknown) => failed.push(`${name}: ${String(error)}`))
      expect(failed).toEqual([])
      task.meta.text =
        cases.length === asked.length ? `${asked.length}` : `${asked.length} of ${cases.length}`
    })

    test('lets all of 320 contending commands succeed', cell('contention'), async ({ task }) => {
      task.meta.text = String(await part('/contention'))
      expect(task.meta.text).toMatch(/^320 of 320/)
    })

    test('carries each command out once, though appends fail', cell('chaos'), async ({ task }) => {
      const { commands, faults } = (await part('/chaos')) as ChaosReport
      task.meta.text = `${commands}, ${faults} faults`
      expect(faults).toBeGreaterThan(0)
    })

    test('keeps to its budget', cell('units'), async ({ task }) => {
      const measured = (await part('/costs')) as CommandCosts
      task.meta.text = costText(measured)
      expect(measured).toEqual(costs)
    })
  })
}
