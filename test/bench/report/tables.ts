import type { CostResult } from '../cost.ts'
import type { CostRow, FailedRow } from '../measure/cost.ts'
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
export function scalingTables({ history, stateSize }: ScalingResult): string {
  const reads = historyTable(history, ({ readUnits }) => readUnits)
  const writes = historyTable(history, ({ writeUnits }) => writeUnits)
  return `Read units\n${reads}\n\nWrite units\n${writes}\n\n${stateSizeTable(stateSize)}\n`
}
