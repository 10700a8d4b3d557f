import { describeEntity } from '../core/base/entity-key.ts'
import type { Damage, DamageReport, Removal } from '../core/history/repair.ts'

/** A report for people to read, without what repairing would do. */
export function damageText({ entity, soundRevision, damage, removal }: DamageReport, where: string): string {
  const rows: Array<readonly [what: string, how: string]> = []
  if (soundRevision > 0) rows.push([numbers(1, soundRevision), 'sound'])
  for (const each of damage) rows.push(...damageRows(each, removal))
  const width = Math.max(0, ...rows.map(([what]) => what.length))
  const lines = rows.map(([what, how]) => `  ${what.padEnd(width)}  ${how}\n`)
  return `${describeEntity(entity)} in ${where}\n\n${lines.join('')}\n`
}

/** What repairing removes, in a sentence. */
export function removalText({ soundRevision, damage }: DamageReport, { commits, events }: Removal): string {
  const hasSnapshot = damage.some(({ kind }) => kind === 'snapshot-ahead')
  const parts = [
    ...(commits > 0 ? [`${counted(commits, 'commit')} with ${counted(events, 'event')}`] : []),
    ...(hasSnapshot ? ['the snapshot'] : []),
  ]
  const after = commits > 0 ? ` The entity is then at revision ${soundRevision}.` : ' No commit is lost.'
  return `Repairing removes ${parts.join(' and ')}, for good.${after}\n`
}

/** What to do before repairing. */
export const removalAdvice = `Stop the processes that write to this entity first. If a backup still has what is missing, restore that instead.\n`

function damageRows(damage: Damage, removal: Removal | undefined): ReadonlyArray<readonly [string, string]> {
  switch (damage.kind) {
    case 'gap':
      return [
        [numbers(damage.revision, damage.nextRevision - 1), 'missing'],
        ...beyond(`from commit ${damage.nextRevision} on`, removal, ''),
      ]
    case 'commit':
      return beyond(
        `from commit ${damage.revision} on`,
        removal,
        `; of commit ${damage.revision}, ${damage.problem}`,
      )
    case 'snapshot-ahead':
      return [['snapshot', `of revision ${damage.revision}, newer than the sound commits; it is not used`]]
    case 'snapshot-mismatch':
      return [
        [
          'snapshot',
          `of revision ${damage.revision}, not of the commit there; it is not used, and the next one replaces it`,
        ],
      ]
  }
}

function beyond(
  what: string,
  removal: Removal | undefined,
  problem: string,
): ReadonlyArray<readonly [string, string]> {
  if (removal === undefined) return []
  const { commits, events, times } = removal
  const when = times === undefined ? '' : `, written ${isoTime(times[0])} to ${isoTime(times[1])}`
  return [
    [what, `${counted(commits, 'commit')} with ${counted(events, 'event')}${when}, out of reach${problem}`],
  ]
}

/** `3 commits`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function numbers(first: number, last: number): string {
  return first === last ? `commit ${first}` : `commits ${first} to ${last}`
}

function isoTime(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `at ${ms} ms` : date.toISOString()
}
