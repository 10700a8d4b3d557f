import type { CostResult } from '../cost.ts'
import type { LatencyResult } from '../latency.ts'
import { figure } from './markdown.ts'
import { measuredOf } from './tables.ts'

/** The page in a few lines, for better and for worse. */
export function inShort(
  { rows, contention, lostReply }: CostResult,
  { latency, cpu, throughput, replay }: LatencyResult,
): string {
  const longest = measuredOf(rows).filter(({ events }) => events === 1_000)
  const cost = (library: string) => {
    const found = longest.find((row) => row.library === library)
    if (found === undefined) return `${library}: not measured`
    const { requests, readUnits, writeUnits } = found
    return `${library} ${figure(requests)} requests, ${figure(readUnits)} read and ${figure(writeUnits)} write units`
  }
  const raced = measuredOf(contention)
  const race = raced.map(({ library, succeeded }) => `${library} ${succeeded}`).join(', ')
  const twice = measuredOf(lostReply).filter(({ balance, expected }) => balance > expected)
  const hot = throughput.filter(
    ({ entities, callers, delayMs }) => entities === 1 && callers === 64 && delayMs > 0,
  )
  const speed = hot.map(
    ({ library, commandsPerSecond }) => `${library} ${figure(Math.round(commandsPerSecond))}`,
  )
  const ratios = latency.map(({ cache, delayMs, ratio }) => `${ratio.toFixed(2)} (${cache}, +${delayMs} ms)`)
  const cpuRatios = cpu.map(({ cache, ratio }) => `${ratio.toFixed(2)} (${cache})`)
  const slowest = Math.max(...replay.map(({ ratio }) => ratio))
  const byDefault = replay.filter(({ state, from }) => state === 'used' && from === 'answers')
  const recovery = byDefault.map(({ events, ratio }) => `${ratio.toFixed(3)} (${figure(events)} events)`)
  return `In short:

- A command after 1,000 events: ${cost('Tailfold (cold)')}; ${cost('hand-written SDK')}; ${cost('castore')};
  ${cost('equinox-js (snapshot, cache)')}; ${cost('event-store-adapter-js (snapshot always)')}.
- Of ${raced[0]?.issued} deposits by many writers at once succeed: ${race}.
- A lost reply makes these carry a command out twice: ${twice.map(({ library }) => library).join(', ')}.
- 64 callers of one hot entity, commands per second: ${speed.join(', ')}.
- Tailfold takes longer than code by hand that sends the same requests, by these ratios: ${ratios.join(', ')}.
  CPU time alone: ${cpuRatios.join(', ')}.
- Recovery takes, against reading and unmarshalling one item for each event: ${recovery.join(', ')}. With the riding state
  ignored, one event in a commit and the items in memory, it takes up to ${slowest.toFixed(1)} times as long as unmarshalling alone.`
}
