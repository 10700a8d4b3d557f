import type { Prepared, Step } from './prepare.ts'
import type { RowChange } from './fold.ts'

/** Some steps of an entity that are written together. */
export interface Span {
  readonly of: Prepared
  readonly steps: readonly Step[]
  /** Whether the entity ends with them. */
  readonly isLast: boolean
}

/** What goes into one transaction. */
export interface Group {
  readonly spans: readonly Span[]
  /** The rows that it may change. */
  readonly rowKeys: readonly string[]
}

/** What dividing entities into groups takes. */
export interface GroupOptions {
  /** Most rows and positions of a group. */
  readonly limit: number
  readonly rowKey: (entity: Prepared, change: RowChange) => string
  /** Entities whose commits are written one by one. */
  readonly alone: ReadonlySet<string>
}

/**
 * Divides entities into groups that fit into one write: those that change the same rows together, for a row is written once
 * for each group. A commit is never divided.
 */
export function groupsOf(
  entities: readonly Prepared[],
  { limit, rowKey, alone }: GroupOptions,
): readonly Group[] {
  const groups: Group[] = []
  let spans = new Map<Prepared, Step[]>()
  let rows = new Set<string>()

  function close(isLast: (entity: Prepared) => boolean): void {
    if (spans.size > 0) {
      const closed = [...spans].map(([of, steps]) => ({ of, steps, isLast: isLast(of) }))
      groups.push({ spans: closed, rowKeys: [...rows] })
    }
    spans = new Map()
    rows = new Set()
  }

  const keysOf = (entity: Prepared, { changes }: Step) => changes.map((change) => rowKey(entity, change))
  const firstRow = new Map(
    entities.map((each) => [each, each.steps.flatMap((step) => keysOf(each, step))[0] ?? '']),
  )
  const inOrder = entities.toSorted((a, b) => ((firstRow.get(a) ?? '') < (firstRow.get(b) ?? '') ? -1 : 1))
  for (const entity of inOrder) {
    const isAlone = alone.has(entity.hint.key)
    if (isAlone) close(() => true)
    spans.set(entity, spans.get(entity) ?? [])
    for (const [index, step] of entity.steps.entries()) {
      const wanted = new Set([...rows, ...keysOf(entity, step)])
      const taken = spans.get(entity)?.length ?? 0
      const isFull = spans.size + wanted.size > limit && (spans.size > 1 || taken > 0)
      if (isFull || (isAlone && index > 0)) {
        if (taken === 0) spans.delete(entity)
        close((each) => each !== entity)
        spans.set(entity, [])
      }
      for (const key of keysOf(entity, step)) rows.add(key)
      spans.get(entity)?.push(step)
    }
    if (spans.size >= limit || isAlone) close(() => true)
  }
  close(() => true)
  return groups
}
