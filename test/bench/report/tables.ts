import type { CostResult } from '../cost.ts'
import type { LatencyResult } from '../latency.ts'
import type { CostRow, FailedRow } from '../measure/cost.ts'
import type { PairedFigure } from '../measure/statistics.ts'
import { dollarsPerMillion } from '../pricing.ts'
import type { ScalingResult, StateSizeRow } from '../scaling.ts'
import { figure, table } from './markdown.ts'

/** True for a row of what could not be measured. */
export function isFailed(row: object): row is FailedRow {
  return 'error' in row
}

/** The rows of what could be measured. */
export function measuredOf<Row extends object>(rows: readonly Row[]): readonly Exclude<Row, FailedRow>[] {
  return rows.filter((row): row is Exclude<Row, FailedRow> => !isFailed(row))
}

function rowsOf<Row extends object>(
  rows: readonly (Row | FailedRow)[],
  head: readonly string[],
  cells: (row: Row) => readonly string[],
): string {
  const failed = rows
    .filter(isFailed)
    .map(({ library, error }) => `- ${library} could not be measured: ${error}`)
  const measured = rows.filter((row): row is Row => !isFailed(row))
  return [table(head, measured.map(cells)), ...(failed.length > 0 ? ['', ...failed] : [])].join('\n')
}

/** US dollars for a million of such commands. */
export function dollars({ readUnits, writeUnits }: Pick<CostRow, 'readUnits' | 'writeUnits'>): string {
  const price = readUnits * dollarsPerMillion.readUnits + writeUnits * dollarsPerMillion.writeUnits
  return price.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
}

/** Cost of commands and queries, one row for each length of history. */
export function costTable(rows: CostResult['rows']): string {
  return rowsOf<CostRow>(
    rows,
    [
      'library',
      'events',
      'requests',
      'read units',
      'write units',
      '$ per million',
      'query requests',
      'query read units',
      'Local: units',
    ],
    (row) => [
      row.library,
      figure(row.events),
      figure(row.requests),
      figure(row.readUnits),
      figure(row.writeUnits),
      dollars(row),
      figure(row.queryRequests),
      figure(row.queryReadUnits),
      figure(row.localUnits),
    ],
  )
}

/** How writers of one entity fared. */
export function contentionTable(rows: CostResult['contention']): string {
  return rowsOf(
    rows,
    [
      'library',
      'issued',
      'succeeded',
      'lost',
      'requests per success',
      'read units',
      'write units',
      'slowest ms',
    ],
    (row) => [
      row.library,
      figure(row.issued),
      figure(row.succeeded),
      figure(row.lost),
      figure(row.requestsPerSuccess),
      figure(row.unitsPerSuccess.read),
      figure(row.unitsPerSuccess.write),
      figure(row.slowestMs),
    ],
  )
}

/** What a lost reply led to. */
export function lostReplyTable(rows: CostResult['lostReply']): string {
  return rowsOf(rows, ['library', 'balance', 'expected', 'told'], (row) => [
    row.library,
    row.balance === row.expected ? figure(row.balance) : `**${figure(row.balance)}**`,
    figure(row.expected),
    row.told,
  ])
}

const pairHead = ['ratio', '10 % below', '90 % below', 'hand-written ms', 'Tailfold ms'] as const

function pairCells({ ratio, ratioP10, ratioP90, firstMs, secondMs }: PairedFigure): readonly string[] {
  return [ratio.toFixed(2), ratioP10.toFixed(2), ratioP90.toFixed(2), firstMs.toFixed(2), secondMs.toFixed(2)]
}

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
    ['command', ...pairHead],
    rows.map((row) => [row.cache, ...pairCells(row)]),
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
    ['events', 'in one commit', 'riding state', 'from', ...pairHead],
    rows.map((row) => [
      figure(row.events),
      figure(row.eventsPerCommit),
      row.state,
      row.from === 'items' ? 'items in memory' : "the answers' bytes",
      ...pairCells(row),
    ]),
  )
}

/** One figure of a command against the length of the history: a row a library, a column a length. */
export function historyTable(rows: ScalingResult['history'], of: (row: CostRow) => number): string {
  const measured = measuredOf(rows)
  const lengths = [...new Set(measured.map(({ events }) => events))].toSorted((a, b) => a - b)
  const libraries = [...new Set(measured.map(({ library }) => library))]
  const cell = (library: string, events: number) => {
    const found = measured.find((row) => row.library === library && row.events === events)
    return found === undefined ? '–' : figure(of(found))
  }
  return table(
    ['events', ...lengths.map(figure)],
    libraries.map((library) => [library, ...lengths.map((events) => cell(library, events))]),
  )
}

/** Cost of a command against the size of the state. */
export function stateSizeTable(rows: ScalingResult['stateSize']): string {
  return rowsOf<StateSizeRow>(
    rows,
    ['state bytes', 'library', 'requests', 'read units', 'write units', '$ per million', 'commands averaged'],
    (row) => [
      figure(row.stateBytes),
      row.library,
      figure(row.requests),
      figure(row.readUnits),
      figure(row.writeUnits),
      dollars(row),
      figure(row.commands),
    ],
  )
}

/** All tables of a result, for the terminal. */
export function costTables({ rows, contention, lostReply }: CostResult): string {
  return `${[costTable(rows), contentionTable(contention), lostReplyTable(lostReply)].join('\n\n')}\n`
}

/** All tables of a result, for the terminal. */
export function latencyTables({ latency, throughput, cpu, replay }: LatencyResult): string {
  return `${[latencyTable(latency), throughputTable(throughput), cpuTable(cpu), replayTable(replay)].join('\n\n')}\n`
}

/** All tables of a result, for the terminal. */
export function scalingTables({ history, stateSize }: ScalingResult): string {
  const reads = historyTable(history, ({ readUnits }) => readUnits)
  const writes = historyTable(history, ({ writeUnits }) => writeUnits)
  return `Read units\n${reads}\n\nWrite units\n${writes}\n\n${stateSizeTable(stateSize)}\n`
}
