import type { Change } from '../core/journal/journal.ts'

/** What a batch of changes says about one entity. */
export interface Hint {
  readonly key: string
  /** The highest revision that is named. */
  readonly head: number
  /** The changes that brought the record of their commit, by revision. */
  readonly records: ReadonlyMap<number, Change>
  /** Where in the batch the changes of this entity are. */
  readonly places: readonly number[]
}

/** What a batch says about the entities of some types. Repeats and the order do not matter. */
export function hintsOf(changes: readonly Change[], entityTypes: ReadonlySet<string>): readonly Hint[] {
  const hints = new Map<
    string,
    { key: string; head: number; records: Map<number, Change>; places: number[] }
  >()
  for (const [place, change] of changes.entries()) {
    const { key, revision, record } = change
    if (!entityTypes.has(entityTypeIn(key))) continue
    const hint = hints.get(key) ?? { key, head: 0, records: new Map<number, Change>(), places: [] }
    hints.set(key, hint)
    hint.head = Math.max(hint.head, revision)
    hint.places.push(place)
    if (record !== undefined) hint.records.set(revision, change)
  }
  return [...hints.values()]
}

/** The entity type in a key: `type/id` or `~tenant/type/id`. */
function entityTypeIn(key: string): string {
  const [first = '', second = ''] = key.split('/', 2)
  return first.startsWith('~') ? second : first
}
