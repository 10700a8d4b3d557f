import type { Plan } from '../plan.ts'
import type { Durable } from '../simulated-disk.ts'
import { type PlacedEntry, type Sweep } from './sweep.ts'
import { type Problem, problem } from './violation.ts'

/** How long command ids must be remembered in a history: by the least of its configurations. */
export interface Remembering {
  readonly window: number
  readonly periodMs: number
}

/** What a plan's configurations promise together. */
export function rememberingOf({ dedupe, configurations }: Plan): Remembering {
  const least = (of: (configuration: (typeof configurations)[number]) => number) =>
    Math.min(...configurations.map(of))
  return {
    window: least(({ dedupeWindow }) => dedupeWindow),
    periodMs: dedupe === 'always' ? Infinity : 1_000 * least(({ dedupeForSeconds }) => dedupeForSeconds),
  }
}

/**
 * Whether the id of an entry may be forgotten by true time `atMs`, on the state after `place` entries: its period is
 * over, and enough newer ids have been recorded.
 */
export function mayBeForgotten(
  { entries }: Pick<Sweep, 'entries'>,
  entry: PlacedEntry,
  place: number,
  atMs: number,
  { window, periodMs }: Remembering,
): boolean {
  if (entry.durable === undefined || atMs - entry.durable.atMs <= periodMs) return false
  const newer = entries.slice(entry.place, place).filter(({ receipt }) => receipt !== undefined)
  return newer.length >= window
}

/** An id stands once in the journal, until it may be forgotten; for one command only. */
export function checkIds(found: Sweep, remembering: Remembering): Problem[] {
  const problems: Problem[] = []
  for (const entries of found.ofId.values()) {
    for (const [index, entry] of entries.entries()) {
      const before = entries[index - 1]
      if (before === undefined) continue
      const atMs = timeOf(entry.durable)
      if (mayBeForgotten(found, before, entry.place - 1, atMs, remembering)) continue
      const names = [before.sent.operation.name, entry.sent.operation.name]
      const same = before.sent.operation.marker === entry.sent.operation.marker
      const rule = same ? 'once' : 'an id stands for one command'
      problems.push(problem(rule, names, `revisions ${before.revision} and ${entry.revision}`))
    }
  }
  return problems
}

function timeOf(durable: Durable | undefined): number {
  return durable?.atMs ?? 0
}
