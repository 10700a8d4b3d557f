import { type StoreFault, storeFaults, type TimedFault, timedFaults } from './classes.ts'
import { drawOperations } from './draw-operations.ts'
import {
  type Configuration,
  largestClockOffsetMs,
  type Plan,
  type PlannedStoreFault,
  type PlannedTimedFault,
} from './plan.ts'
import { type Draw, drawSetting, type PlanOptions, type Setting, startDraw } from './setting.ts'

/** Draws a plan: requests of several callers, and faults to go with them. */
export function drawPlan(options: PlanOptions): Plan {
  const { seed, processes, without } = options
  const draw = startDraw(seed)
  const setting = drawSetting(options, draw)
  const { fourMethods, spanMs, trouble } = setting
  const skewed = !without.has('skewed-clocks') && draw.chance(setting.dropsIds ? 0.5 : 0.2)
  return {
    seed,
    processes,
    configurations: drawConfigurations(options, setting, draw),
    clockOffsetsMs: Array.from({ length: processes }, () =>
      skewed ? draw.whole(2 * largestClockOffsetMs) - largestClockOffsetMs : 0,
    ),
    journal: fourMethods ? 'four-methods' : 'store',
    limits: {
      billedBytes: setting.dropsIds ? draw.pick([96, 256, 1_024]) : 1_024,
      maxCommandIds: draw.chance(0.2) ? 1 + draw.whole(3) : 99,
    },
    inlineState: draw.chance(0.5),
    snapshotEvery: 1 + draw.whole(6),
    dedupe: !fourMethods && draw.chance(0.25) && options.findsCommandIds ? 'always' : 'window',
    mutatingHandlers: !without.has('mutating-handler') && draw.chance(0.1),
    handlerMs: !without.has('slow-handler') && draw.chance(0.12) ? draw.pick([10, 40, 300]) : 0,
    operations: drawOperations(options, setting, draw),
    storeFaults: drawStoreFaults(options, trouble, draw),
    timedFaults: drawTimedFaults(options, { trouble, spanMs, fourMethods }, draw),
  }
}

/** One for all processes, or several that differ in all that a deploy may change. */
function drawConfigurations(
  { without }: PlanOptions,
  { dropsIds, dedupeForSeconds }: Setting,
  draw: Draw,
): Configuration[] {
  const mixed = !without.has('mixed-configuration') && draw.chance(0.3)
  return Array.from({ length: mixed ? 3 : 1 }, () => ({
    newCode: mixed && draw.chance(0.4),
    dedupeWindow: dropsIds ? draw.whole(5) : mixed ? draw.pick([32, 50, 200]) : 32,
    dedupeForSeconds: mixed && dropsIds ? dedupeForSeconds * (1 + draw.whole(3)) : dedupeForSeconds,
    cachedEntities: mixed || dropsIds ? draw.pick([0, 1, 1_000]) : 1_000,
    maxBatch: mixed ? draw.pick([1, 2, 64]) : 64,
    actors: draw.chance(0.3),
  }))
}

function drawStoreFaults({ operations, without }: PlanOptions, trouble: number, draw: Draw) {
  const kinds = storeFaults.filter((fault) => !without.has(fault))
  const planned: PlannedStoreFault[] = []
  for (let request = 0; request < operations * 6; request++) {
    if (kinds.length === 0 || !draw.chance(trouble)) continue
    const fault: StoreFault = draw.pick(kinds)
    const burst = fault === 'throttled' ? 1 + draw.whole(4) : 1
    for (let n = 0; n < burst; n++)
      planned.push({ request: request + n, fault, forMs: 50 + draw.whole(8_000) })
  }
  return planned
}

/** Up to four faults of processes, and sometimes a restore: of a journal of four methods none can be noticed. */
function drawTimedFaults(
  { processes, without }: PlanOptions,
  { trouble, spanMs, fourMethods }: Pick<Setting, 'trouble' | 'spanMs' | 'fourMethods'>,
  draw: Draw,
) {
  const kinds = timedFaults.filter((fault) => fault !== 'restore' && !without.has(fault))
  const planned: PlannedTimedFault[] = []
  const at = (fault: TimedFault, forMs: number) =>
    planned.push({ atMs: draw.whole(spanMs + 500), process: draw.whole(processes), fault, forMs })
  for (let n = trouble === 0 || kinds.length === 0 ? 0 : draw.whole(5); n > 0; n--) {
    const fault = draw.pick(kinds)
    at(fault, fault === 'clock-jump' ? draw.whole(20_000) - 10_000 : 10 + draw.whole(6_000))
  }
  if (!without.has('restore') && !fourMethods && draw.chance(0.08)) at('restore', draw.whole(spanMs))
  return planned
}
