import { ballast } from './ballast.ts'
import { castore } from './contenders/castore.ts'
import type { Contender } from './contenders/contender.ts'
import { equinox } from './contenders/equinox.ts'
import { eventStoreAdapter } from './contenders/event-store-adapter.ts'
import { floor } from './contenders/floor.ts'
import { handWritten } from './contenders/hand-written.ts'
import { tailfold } from './contenders/tailfold.ts'
import { tiny } from './counts.ts'
import type { Machine } from './machine.ts'
import { type CostRow, type FailedRow, measureCost } from './measure/cost.ts'
import { progress, withDatabase } from './measure/database.ts'

/** Result of `npm run bench:scaling -- --json`. */
export interface ScalingResult {
  readonly machine: Machine
  readonly history: readonly (CostRow | FailedRow)[]
  /** Cost of cold commands with events of 300 bytes, by size of the state. */
  readonly stateSize: readonly (StateSizeRow | FailedRow)[]
}

/** Cost of a command, and the size of the state it works on. */
export interface StateSizeRow extends CostRow {
  readonly stateBytes: number
}

const toTenThousand = tiny ? [1, 10] : [1, 10, 100, 1_000, 10_000]
/** Contenders and the lengths of history they are measured at. */
const histories: readonly (readonly [Contender, readonly number[]])[] = [
  [handWritten, toTenThousand],
  [floor({ warm: false }), toTenThousand],
  [castore, toTenThousand],
  // A round averages over a tip that fills and empties; it begins when there has been one.
  [equinox({ trustCache: false }), toTenThousand],
  [eventStoreAdapter({ snapshots: 'first' }), toTenThousand.slice(0, -1)],
  [eventStoreAdapter({ snapshots: 'always' }), toTenThousand.slice(0, -1)],
  [tailfold({ warm: false }), tiny ? toTenThousand : [...toTenThousand, 100_000]],
]

const stateSizes = tiny ? [100] : [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000]
const memo = ballast(260)
const eventsBefore = 20

/** Prices commands against the length of the history and the size of the state. */
export function runScaling(): Promise<ScalingResult> {
  return withDatabase(async (endpoint, machine) => {
    const history: (CostRow | FailedRow)[] = []
    for (const [contender, lengths] of histories) {
      history.push(...(await measured(endpoint, contender, lengths)))
    }
    const stateSize: (StateSizeRow | FailedRow)[] = []
    for (const stateBytes of stateSizes) {
      const padding = ballast(stateBytes)
      for (const make of [floor, tailfold]) {
        const rows = await measured(endpoint, make({ warm: false, padding, memo }), [eventsBefore])
        const library = make === floor ? 'hand-written floor (cold)' : 'Tailfold (cold)'
        stateSize.push(...rows.map((row) => ({ ...row, library, stateBytes })))
      }
    }
    return { machine, history, stateSize }
  })
}

async function measured(
  endpoint: string,
  contender: Contender,
  lengths: readonly number[],
): Promise<readonly (CostRow | FailedRow)[]> {
  const { library } = contender
  const startedAt = performance.now()
  try {
    return await measureCost(endpoint, contender, lengths)
  } catch (error) {
    return [{ library, error: String(error) }]
  } finally {
    progress(`scaling: ${library}, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  }
}
