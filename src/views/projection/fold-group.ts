import type { Position } from '../../consumers/position-row.ts'
import { holdAt } from '../../consumers/position-row.ts'
import type { Move } from '../../consumers/positions.ts'
import type { ParkedEntity } from '../../consumers/tally.ts'
import type { Commit } from '../../core/journal/commit.ts'
import type { RowWrite, StoredRow } from '../../journal/row-store.ts'
import { attempt, foldRow, type RowChange } from './fold.ts'
import type { Group, Span } from './groups.ts'
import { type Prepared, type Step, type Stop, stopAt } from './prepare.ts'
import { projectedEntries } from './projected-row.ts'
import type { ProjectionShape } from './projection-shape.ts'

/** What an entity comes to in a group. */
export interface SpanEnd {
  readonly span: Span
  readonly move: Move
  readonly commits: readonly Commit[]
  readonly stop: Stop | undefined
  readonly parked: ParkedEntity | undefined
}

/** What a group writes. */
export interface FoldedGroup {
  readonly ends: readonly SpanEnd[]
  readonly rows: readonly RowWrite[]
}

/** What folding a group takes beside it. */
export interface FoldOptions {
  readonly rows: { get(key: string): StoredRow | undefined }
  readonly positionOf: (key: string) => Position
  readonly rowKey: (entity: Prepared, change: RowChange) => string
  readonly partOf: (entity: Prepared) => number | undefined
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** Folds the events of a group into its rows. A commit that fails changes nothing, and its entity stops before it. */
export function foldGroup(projection: ProjectionShape, { spans }: Group, options: FoldOptions): FoldedGroup {
  const { rows, rowKey, partOf, positionOf, now } = options
  const folded = new Map<string, StoredRow>()

  function foldStep(entity: Prepared, { commit, changes }: Step): Map<string, StoredRow> {
    const changed = new Map<string, StoredRow>()
    for (const change of changes) {
      const key = rowKey(entity, change)
      const before = changed.get(key) ?? folded.get(key) ?? rows.get(key)
      const value = foldRow(projection, before?.value ?? projection.initialRow, change)
      if (value === (before?.value ?? projection.initialRow)) continue
      const entries = attempt(projection, change, `on.${change.event.type}`, () =>
        projectedEntries(projection, entity.entity.tenant, value),
      )
      const revision = (rows.get(key)?.revision ?? -1) + 1
      const asOf = Math.max(before?.asOf ?? commit.timestamp, commit.timestamp)
      changed.set(key, { key, revision, value, asOf, ...(entries.length > 0 && { indexes: entries }) })
    }
    return changed
  }

  const ends = spans.map((span): SpanEnd => {
    const { of, steps, isLast } = span
    const { key } = of.hint
    const from = positionOf(key)
    const commits: Commit[] = []
    let stop = isLast ? of.stop : undefined
    for (const step of steps) {
      try {
        for (const [changedKey, row] of foldStep(of, step)) folded.set(changedKey, row)
        commits.push(step.commit)
      } catch (error) {
        stop = stopAt(error)
        break
      }
    }
    const revision = commits.at(-1)?.revision ?? from.revision
    const parked = stop?.kind === 'poison' ? { key, revision: revision + 1, error: stop.error } : undefined
    const to = { revision, hold: holdAfter(span, stop, from, now), part: partOf(of) }
    return { span, move: { key, from, to }, commits, stop, parked }
  })
  const writes = [...folded.values()].map((row): RowWrite => ({ row, when: row.revision - 1 }))
  return { ends, rows: writes }
}

function holdAfter({ of, isLast }: Span, stop: Stop | undefined, { hold }: Position, now: number) {
  if (stop?.kind === 'poison') return holdAt('parked', now, hold, stop.error)
  if (stop?.kind === 'behind') return holdAt('behind', now, undefined)
  if (stop !== undefined || !isLast) return hold
  return of.more ? holdAt('behind', now, hold) : undefined
}
