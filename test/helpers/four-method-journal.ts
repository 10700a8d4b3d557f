import type { EntityKey, EventJournal, PersistedEvent, Snapshot } from 'tailfold'

/** A journal as a user would write one for a database of their own: the four methods and nothing else. */
export function fourMethodJournal(): EventJournal {
  const events = new Map<string, string[]>()
  const snapshots = new Map<string, string>()
  const name = ({ entityType, entityId }: EntityKey) => JSON.stringify([entityType, entityId])
  return {
    async persist(entity, added) {
      const known = events.get(name(entity)) ?? []
      if (added[0]?.sequenceNr !== known.length + 1) return 'conflict'
      events.set(name(entity), [...known, ...added.map((event) => JSON.stringify(event))])
      return 'persisted'
    },
    async *load(entity, fromSequenceNr = 1) {
      for (const text of (events.get(name(entity)) ?? []).slice(fromSequenceNr - 1)) {
        yield JSON.parse(text) as PersistedEvent
      }
    },
    async saveSnapshot(entity, snapshot) {
      snapshots.set(name(entity), JSON.stringify(snapshot))
    },
    async loadSnapshot(entity) {
      const text = snapshots.get(name(entity))
      return text === undefined ? undefined : (JSON.parse(text) as Snapshot)
    },
  }
}
