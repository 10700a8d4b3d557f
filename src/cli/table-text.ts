import type { TableReport } from '../stores/dynamodb/table/report.ts'

/** A report for people to read. */
export function reportText(report: TableReport, where: string): string {
  const { itemCount, sizeBytes, indexes, replicas, replicaConsistency } = report
  const rows = [
    ['status', report.status],
    ['keys', report.keys],
    ['billing', report.billing],
    ['items', `${itemCount} in ${sizeBytes} bytes, as DynamoDB counted last`],
    ['indexes', indexes.map(({ name, keys, status }) => `${name}: ${keys} (${status})`).join('; ') || 'none'],
    ['time to live', report.timeToLive],
    ['point-in-time recovery', report.pointInTimeRecovery],
    ['deletion protection', report.deletionProtection],
    ['stream', report.stream],
    ['replicas', replicas.length === 0 ? 'none' : `${replicas.join(', ')} (${replicaConsistency})`],
  ] as const
  const lines = rows.map(([name, value]) => `  ${name.padEnd(22)}  ${value}`)
  const heading = `Table ${report.tableName} in ${where}`
  return `${[heading, ...lines].join('\n')}\n${findingsText(report) || 'Nothing differs from what a journal needs.\n'}`
}

/** What differs, one line each; empty when nothing does. */
export function findingsText({ findings }: TableReport): string {
  return findings.map(({ kind, what, fix }) => `${kind}: it ${what}; ${fix}\n`).join('')
}
