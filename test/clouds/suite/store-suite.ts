import {
  racers,
  type RacersReport,
  storeChaos,
  storeConformance,
  type StoreConformanceOptions,
  type StoreModule,
} from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import type { Cell } from '../table/cell.ts'
import { contention } from './contention.ts'
import { type CommandCosts, commandCosts, costText } from './units.ts'

/** A store and what is asked of it. */
export interface StoreSuite extends StoreConformanceOptions {
  /** Its row in the table, `'PostgreSQL'`. */
  readonly row: string
  /** What a command may cost, warm and cold. */
  readonly costs: CommandCosts
  /** How processes of their own open it. Without it `races` and `kill -9` are not run. */
  readonly module?: () => StoreModule
}

/** Every test of a store that Node.js can open, each with its cell in the table. */
export function storeSuite({ row, costs, module, ...options }: StoreSuite): void {
  const cell = (column: Cell['column']) => ({ meta: { cell: { table: 'stores', row, column } as const } })
  const { open } = options

  describe(`${row} store`, () => {
    test.for(storeConformance(options))(
      '$name',
      cell('conformance'),
      async ({ skip: reason, run }, { skip }) => {
        // Shown as skipped, with the reason that the contract allows.
        skip(reason !== undefined, reason)
        await expect(run()).resolves.toBeUndefined()
      },
    )

    test('lets all of 320 contending commands succeed', cell('contention'), async ({ task }) => {
      task.meta.text = await contention(open)
      expect(task.meta.text).toMatch(/^320 of 320/)
    })

    test('carries each command out once, though appends fail', cell('chaos'), async ({ task }) => {
      const { commands, faults } = await storeChaos({ open })
      task.meta.text = `${commands}, ${faults} faults`
      expect(faults).toBeGreaterThan(0)
    })

    test('keeps to its budget', cell('units'), async ({ task }) => {
      const measured = await commandCosts(open)
      task.meta.text = costText(measured)
      expect(measured).toEqual(costs)
    })

    if (module === undefined) return

    let ran: Promise<RacersReport> | undefined
    const report = () => (ran ??= racers({ open, module: module() }))

    test('has one winner for each revision among processes', cell('races'), async ({ task }) => {
      const { raced } = await report()
      task.meta.text = `${raced} of 400`
      expect(raced).toBe(400)
    })

    test('keeps what it acknowledged to a process that was killed', cell('kill -9'), async ({ task }) => {
      const { acknowledged, stored } = await report()
      task.meta.text = `${acknowledged}/${stored}`
      expect(acknowledged).toBeGreaterThanOrEqual(300)
    })
  })
}
