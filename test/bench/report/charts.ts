import type { CostResult } from '../cost.ts'
import type { LatencyResult } from '../latency.ts'
import { contentionLoad } from '../measure/contention.ts'
import type { CostRow } from '../measure/cost.ts'
import type { ScalingResult } from '../scaling.ts'
import { drawBars, drawLines } from './chart-shapes.ts'
import { measuredOf } from './tables.ts'

/** Charts by file name, as SVG. */
export type Charts = Readonly<Record<string, string>>

const logarithmic = 'both axes logarithmic; lines that coincide are named one above the other'

/** Draws all charts from the results alone. */
export function drawCharts(cost: CostResult, latency: LatencyResult, scaling: ScalingResult): Charts {
  const history = measuredOf(scaling.history)
  const sizes = measuredOf(scaling.stateSize)
  const contention = measuredOf(cost.contention)
  const issued = contention[0]?.issued ?? 0
  const hot = latency.throughput.filter(({ entities, delayMs }) => entities === 1 && delayMs > 0)

  const byHistory = (what: string, of: (row: CostRow) => number) =>
    drawLines(
      `${what} of one command, by length of the history`,
      `${what.toLowerCase()}, ${logarithmic}`,
      'events before the command →',
      history.map((row) => ({ library: row.library, x: row.events, y: of(row) })),
    )
  const byState = (what: string, of: (row: CostRow) => number) =>
    drawLines(
      `${what} of one cold command, by size of the state`,
      `${what.toLowerCase()}, ${logarithmic}`,
      'bytes of the state →',
      sizes.map((row) => ({ library: row.library, x: row.stateBytes, y: of(row) })),
    )

  return {
    'read-units-by-history': byHistory('Read units', ({ readUnits }) => readUnits),
    'write-units-by-history': byHistory('Write units', ({ writeUnits }) => writeUnits),
    'read-units-by-state': byState('Read units', ({ readUnits }) => readUnits),
    'write-units-by-state': byState('Write units', ({ writeUnits }) => writeUnits),
    contention: drawBars(
      `Deposits that succeed, of ${issued} by ${contentionLoad.writers} writers at once`,
      'each library with its default retries; more is better',
      contention.map(({ library, succeeded }) => ({ library, name: library, value: succeeded })),
    ),
    throughput: drawBars(
      'Commands per second on one hot entity, in one process',
      `network +${hot[0]?.delayMs} ms; more is better`,
      hot.map(({ library, callers, commandsPerSecond }) => ({
        library,
        name: `${library}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
        value: Math.round(commandsPerSecond),
      })),
    ),
  }
}
