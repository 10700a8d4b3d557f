import { count } from './counts.ts'
import type { Machine } from './machine.ts'
import { type CpuRow, measureCpu } from './measure/cpu.ts'
import { progress, withDatabase } from './measure/database.ts'
import { type EmbeddedRow, measureEmbedded } from './measure/embedded.ts'
import { type KeyedRow, measureKeyed } from './measure/keyed.ts'
import { type LargeReplyRow, measureLargeReply } from './measure/large-reply.ts'
import { type LatencyRow, measureLatency, measureThroughput, type ThroughputRow } from './measure/latency.ts'
import { measureMemory, type MemoryRow } from './measure/memory.ts'
import { measureReplay, type ReplayRow } from './measure/replay.ts'
import { measureTurns, type TurnsRow } from './measure/turns.ts'

/** Result of `npm run bench:latency -- --json`. In every pair the hand-written side is the first, or the cache off. */
export interface LatencyResult {
  readonly machine: Machine
  readonly latency: readonly LatencyRow[]
  readonly throughput: readonly ThroughputRow[]
  readonly cpu: readonly CpuRow[]
  readonly replay: readonly ReplayRow[]
  readonly turns: readonly TurnsRow[]
  readonly keyed: readonly KeyedRow[]
  readonly largeReply: readonly LargeReplyRow[]
  readonly memory: readonly MemoryRow[]
  readonly embedded: readonly EmbeddedRow[]
}

const caches = ['warm', 'cold'] as const
const clients = ['default', 'tuned'] as const
const delaysMs = [0, 4] as const
/** Entities and concurrent callers. */
const loads = [
  [1, 1],
  [1, 8],
  [1, 64],
  [count(1_000, 20), 64],
] as const
/** Events in one commit, and whether the riding state is used. */
const recoveries = [
  [1, 'used'],
  [1, 'ignored'],
  [10, 'ignored'],
  [64, 'ignored'],
] as const
const histories = [count(1_000, 20), count(10_000, 200)]

/** Times Tailfold against the hand-written floor, always in turns, and what else depends on time or memory. */
export function runLatency(): Promise<LatencyResult> {
  return withDatabase(async (endpoint, machine) => {
    // Without the database first: its Java is quiet then.
    const memory = await each('memory', ['one text', 'small objects'] as const, measureMemory)
    const cpu = await each('CPU time', pairsOf(caches, clients), async ([cache, client]) => [
      await measureCpu(cache, client),
    ])
    const replay = await each(
      'replay',
      pairsOf(pairsOf(['items', ...clients] as const, histories), recoveries),
      async ([[from, events], [eventsPerCommit, state]]) => [
        await measureReplay({ events, eventsPerCommit, state, from }),
      ],
    )
    const embedded = await each('embedded server', ['SQLite'], measureEmbedded)
    const turns = await each(
      'turns',
      pairsOf([1, 2, 4, 16], ['in order', 'at random'] as const),
      async ([processes, order]) => [await measureTurns(processes, order)],
    )
    const keyed = await each(
      'keyed commands',
      pairsOf([10, 20, 50], [1, 4]),
      async ([workers, processes]) => [await measureKeyed(workers, processes)],
    )
    const largeReply = await each('large replies', ['prose', 'random letters'] as const, (text) =>
      measureLargeReply(endpoint, text),
    )
    const latency = await each('latency', pairsOf(delaysMs, caches), async ([delayMs, cache]) => [
      await measureLatency(endpoint, cache, delayMs),
    ])
    const throughput = await each(
      'throughput',
      pairsOf(delaysMs, loads),
      async ([delayMs, [entities, callers]]) => measureThroughput(endpoint, entities, callers, delayMs),
    )
    return { machine, latency, throughput, cpu, replay, turns, keyed, largeReply, memory, embedded }
  })
}

function pairsOf<First, Second>(
  firsts: readonly First[],
  seconds: readonly Second[],
): readonly (readonly [First, Second])[] {
  return firsts.flatMap((first) => seconds.map((second) => [first, second] as const))
}

/** Measures one kind of rows, one after the other. */
async function each<Case, Row>(
  what: string,
  cases: readonly Case[],
  measure: (each: Case) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  const startedAt = performance.now()
  for (const one of cases) rows.push(...(await measure(one)))
  progress(`${what}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  return rows
}
