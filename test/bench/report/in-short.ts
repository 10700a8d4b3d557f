import type { CostResult } from '../cost.ts'
import type { LatencyResult } from '../latency.ts'
import { figure } from './markdown.ts'
import { measuredOf } from './tables.ts'

/** The page in a few lines, for better and for worse. */
export function inShort(
  { rows, contention, lostReply }: CostResult,
  { latency, cpu, throughput, replay, turns, keyed }: LatencyResult,
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
  const cpuRatios = cpu
    .filter(({ cache }) => cache === 'warm')
    .map(
      ({ client, ratio }) =>
        `${ratio.toFixed(2)} (${client === 'tuned' ? '`dynamoDbClient()`' : 'SDK default client'})`,
    )
  const singly = replay.filter(({ events, eventsPerCommit }) => events === 10_000 && eventsPerCommit === 1)
  const recovery = (of: 'used' | 'ignored', client: 'default' | 'tuned') =>
    singly.find(({ state, from }) => state === of && from === client)?.ratio.toFixed(2) ?? '–'
  const few = turns.filter(({ processes }) => processes === 2 || processes === 4)
  const turnRatio = Math.max(...few.map(({ meanRatio }) => meanRatio)).toFixed(2)
  const turnRequests = figure(Math.max(...few.map(({ requests }) => requests)))
  const wrong = keyed.filter(({ balance, deposits, told }) => balance !== deposits || told !== deposits)
  return `In short:

- A command after 1,000 events: ${cost('Tailfold (cold)')}; ${cost('hand-written SDK')}; ${cost('castore')};
  ${cost('equinox-js (snapshot, cache)')}; ${cost('event-store-adapter-js (snapshot always)')}.
- Many writers send ${raced[0]?.issued} deposits at once. So many succeed: ${race}.
- These carry a command out twice when a reply is lost: ${twice.map(({ library }) => library).join(', ')}.
- 64 callers of one hot entity, commands per second: ${speed.join(', ')}.
- Latency against hand-written code that sends the same requests: ${ratios.join(', ')}. CPU time of a warm command:
  ${cpuRatios.join(', ')}.
- 2 and 4 warm processes that take turns need at most ${turnRatio} times the mean latency of a cache that is off, and at
  most ${turnRequests} requests.
- Keyed commands on a hot entity while answers are lost: ${wrong.length === 0 ? 'every balance is right' : `${wrong.length} of ${keyed.length} balances are wrong`}.
- Recovery of 10,000 events against one item for each event, read with the SDK's default client: ${recovery('used', 'default')}; with all states
  ignored ${recovery('ignored', 'default')}, and ${recovery('ignored', 'tuned')} where the hand-written code has \`dynamoDbClient()\` too.`
}
