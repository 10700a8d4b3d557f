import type { Machine } from './machine.ts'
import { type CpuRow, measureCpu } from './measure/cpu.ts'
import { progress, withDatabase } from './measure/database.ts'
import { type LatencyRow, measureLatency, measureThroughput, type ThroughputRow } from './measure/latency.ts'
import { measureReplay, type ReplayRow } from './measure/replay.ts'

/** Result of `npm run bench:latency -- --json`. In every pair the hand-written side is the first. */
export interface LatencyResult {
  readonly machine: Machine
  readonly latency: readonly LatencyRow[]
  readonly throughput: readonly ThroughputRow[]
  readonly cpu: readonly CpuRow[]
  readonly replay: readonly ReplayRow[]
}

const caches = ['warm', 'cold'] as const
const delaysMs = [0, 4] as const
/** Entities and concurrent callers. */
const loads = [
  [1, 1],
  [1, 8],
  [1, 64],
  [1_000, 64],
] as const
/** Events in one commit, and whether the riding state is used. */
const recoveries = [
  [1, 'used'],
  [1, 'ignored'],
  [10, 'ignored'],
  [64, 'ignored'],
] as const

/** Times Tailfold against the hand-written floor, always in turns. */
export function runLatency(): Promise<LatencyResult> {
  return withDatabase(async (endpoint, machine) => {
    const latency: LatencyRow[] = []
    const throughput: ThroughputRow[] = []
    const cpu: CpuRow[] = []
    const replay: ReplayRow[] = []
    // Without the database first: its Java is quiet then.
    for (const cache of caches) cpu.push(await measureCpu(cache))
    progress('CPU time measured')
    for (const from of ['items', 'answers'] as const) {
      for (const events of [1_000, 10_000]) {
        for (const [eventsPerCommit, state] of recoveries) {
          replay.push(await measureReplay({ events, eventsPerCommit, state, from }))
        }
      }
    }
    progress('replay measured')
    for (const delayMs of delaysMs) {
      for (const cache of caches) latency.push(await measureLatency(endpoint, cache, delayMs))
      progress(`latency at +${delayMs} ms measured`)
      for (const [entities, callers] of loads) {
        throughput.push(...(await measureThroughput(endpoint, entities, callers, delayMs)))
      }
      progress(`throughput at +${delayMs} ms measured`)
    }
    return { machine, latency, throughput, cpu, replay }
  })
}
