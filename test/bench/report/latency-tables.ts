import type { LatencyResult } from '../latency.ts'
import type { PairedFigure } from '../measure/statistics.ts'
import { figure, table } from './markdown.ts'

const pairHead = ['ratio', '10 % below', '90 % below', 'hand-written ms', 'Tailfold ms'] as const

function pairCells({ ratio, ratioP10, ratioP90, firstMs, secondMs }: PairedFigure): readonly string[] {
  return [ratio.toFixed(2), ratioP10.toFixed(2), ratioP90.toFixed(2), firstMs.toFixed(2), secondMs.toFixed(2)]
}

const clientName = { default: 'SDK default', tuned: '`dynamoDbClient()`' } as const

/** Latency in pairs. */
export function latencyTable(rows: LatencyResult['latency']): string {
  return table(
    ['command', 'network', ...pairHead],
    rows.map((row) => [row.cache, `+${row.delayMs} ms`, ...pairCells(row)]),
  )
}

/** CPU time in pairs. */
export function cpuTable(rows: LatencyResult['cpu']): string {
  return table(
    ['command', 'client of both sides', ...pairHead],
    rows.map((row) => [row.cache, clientName[row.client], ...pairCells(row)]),
  )
}

/** Commands a second, both sides beside each other. */
export function throughputTable(rows: LatencyResult['throughput']): string {
  const [floors, others] = [rows.filter(isFloor), rows.filter((row) => !isFloor(row))]
  return table(
    ['entities', 'callers', 'network', 'hand-written per second', 'Tailfold per second', 'ratio'],
    floors.map(({ entities, callers, delayMs, commandsPerSecond }, index) => {
      const other = others[index]?.commandsPerSecond ?? Number.NaN
      return [
        figure(entities),
        figure(callers),
        `+${delayMs} ms`,
        figure(Math.round(commandsPerSecond)),
        figure(Math.round(other)),
        (other / commandsPerSecond).toFixed(1),
      ]
    }),
  )
}

const isFloor = ({ library }: { readonly library: string }) => library.startsWith('hand-written')

/** Recovery in pairs. */
export function replayTable(rows: LatencyResult['replay']): string {
  return table(
    ['events', 'in one commit', 'riding state', 'hand-written reads', ...pairHead],
    rows.map((row) => [
      figure(row.events),
      figure(row.eventsPerCommit),
      row.state,
      row.from === 'items' ? 'items in memory' : `bytes, ${clientName[row.from]}`,
      ...pairCells(row),
    ]),
  )
}

/** Warm processes that take turns. */
export function turnsTable(rows: LatencyResult['turns']): string {
  return table(
    [
      'processes',
      'turns',
      'requests',
      'read units',
      'write units',
      'ratio of means',
      'ratio',
      '10 % below',
      '90 % below',
      'cache off ms',
      'warm ms',
    ],
    rows.map((row) => [
      figure(row.processes),
      row.order,
      figure(row.requests),
      figure(row.readUnits),
      figure(row.writeUnits),
      row.meanRatio.toFixed(2),
      ...pairCells(row),
    ]),
  )
}

/** Keyed commands on one hot entity. */
export function keyedTable(rows: LatencyResult['keyed']): string {
  return table(
    [
      'workers',
      'processes',
      'deposits',
      'confirmed',
      'balance',
      'answers lost',
      'requests per command',
      'period reads',
      'unverified',
    ],
    rows.map((row) => [
      figure(row.workers),
      figure(row.processes),
      figure(row.deposits),
      figure(row.told),
      row.balance === row.deposits ? figure(row.balance) : `**${figure(row.balance)}**`,
      figure(row.lostAnswers),
      figure(row.requestsPerCommand),
      figure(row.periodReads),
      figure(row.unverified),
    ]),
  )
}

/** A large reply, without a command id and with one. */
export function largeReplyTable(rows: LatencyResult['largeReply']): string {
  return table(
    ['reply bytes', 'text', 'command id', 'requests', 'read units', 'write units'],
    rows.map((row) => [
      figure(row.replyBytes),
      row.text,
      row.commandId ? 'yes' : 'no',
      figure(row.requests),
      figure(row.readUnits),
      figure(row.writeUnits),
    ]),
  )
}

const megabytes = (bytes: number) => figure(bytes / 2 ** 20)

/** Heap of large entities kept warm. */
export function memoryTable(rows: LatencyResult['memory']): string {
  return table(
    ['entities', 'state bytes', 'state', 'states in all, MB', 'cache.maxBytes, MB', 'heap growth, MB'],
    rows.map((row) => [
      figure(row.entities),
      figure(row.stateBytes),
      row.state,
      megabytes(row.entities * row.stateBytes),
      row.cacheBytes === 0 ? 'cache off' : megabytes(row.cacheBytes),
      megabytes(row.heapBytes),
    ]),
  )
}

/** Requests a second on SQLite, beside a server written by hand. */
export function embeddedTable(rows: LatencyResult['embedded']): string {
  return table(
    [
      'server',
      'request',
      'entities',
      'connections',
      'commit',
      'by hand per second',
      'Tailfold per second',
      'ratio',
    ],
    rows.map((row) => [
      row.server,
      row.method,
      figure(row.entities),
      figure(row.connections),
      `+${row.commitMs} ms`,
      figure(Math.round(row.byHandPerSecond)),
      figure(Math.round(row.tailfoldPerSecond)),
      row.ratio.toFixed(2),
    ]),
  )
}

/** All tables of a result, for the terminal. */
export function latencyTables(result: LatencyResult): string {
  const tables = [
    latencyTable(result.latency),
    throughputTable(result.throughput),
    cpuTable(result.cpu),
    turnsTable(result.turns),
    keyedTable(result.keyed),
    largeReplyTable(result.largeReply),
    replayTable(result.replay),
    memoryTable(result.memory),
    embeddedTable(result.embedded),
  ]
  return `${tables.join('\n\n')}\n`
}
