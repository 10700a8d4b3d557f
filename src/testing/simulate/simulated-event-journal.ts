import type { EntityKey } from '../../core/base/entity-key.ts'
import type { EventJournal, PersistedEvent, Snapshot } from '../../core/journal/event-journal.ts'
import type { Durable } from './simulated-disk.ts'
import type { SimulatedNetwork } from './simulated-network.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

/** A journal of four methods, whole answers at a time. */
export interface EventTable {
  persist: EventJournal['persist']
  load(entity: EntityKey, fromSequenceNr?: number): Promise<readonly PersistedEvent[]>
  saveSnapshot: EventJournal['saveSnapshot']
  loadSnapshot: EventJournal['loadSnapshot']
}

/** The table itself, which says when events became durable: by entity and sequence number. */
export interface DurableEventTable extends EventTable {
  readonly durable: ReadonlyMap<string, Durable>
}

/** The name of an event in {@link DurableEventTable.durable}. */
export function eventName({ entityType, entityId }: EntityKey, sequenceNr: number): string {
  return `${entityType}/${entityId}@${sequenceNr}`
}

/** Events and snapshots as JSON text in memory, as a table of a database keeps them. */
export function eventTable(world: World): DurableEventTable {
  const events = new Map<string, string[]>()
  const snapshots = new Map<string, { readonly sequenceNr: number; readonly text: string }>()
  const durable = new Map<string, Durable>()
  const nameOf = ({ entityType, entityId }: EntityKey) => `${entityType}/${entityId}`
  return {
    durable,
    async persist(entity, added) {
      const texts = events.get(nameOf(entity)) ?? []
      if (added[0]?.sequenceNr !== texts.length + 1) return 'conflict'
      events.set(nameOf(entity), [...texts, ...added.map((event) => JSON.stringify(event))])
      const now = { step: world.step(), atMs: world.elapsedMs() }
      for (const { sequenceNr } of added) durable.set(eventName(entity, sequenceNr), now)
      return 'persisted'
    },
    async load(entity, fromSequenceNr = 1) {
      const texts = events.get(nameOf(entity)) ?? []
      return texts.slice(fromSequenceNr - 1).map((text) => JSON.parse(text) as PersistedEvent)
    },
    async saveSnapshot(entity, snapshot) {
      const present = snapshots.get(nameOf(entity))
      if (present !== undefined && present.sequenceNr > snapshot.sequenceNr) return
      snapshots.set(nameOf(entity), { sequenceNr: snapshot.sequenceNr, text: JSON.stringify(snapshot) })
    },
    async loadSnapshot(entity) {
      const present = snapshots.get(nameOf(entity))
      return present && (JSON.parse(present.text) as Snapshot)
    },
  }
}

/** The table at the far end of a network. */
export function remoteEventTable(base: EventTable, { request, upcoming }: SimulatedNetwork): EventTable {
  return {
    persist: (...args) => request('write', () => base.persist(...args), args[1]),
    load: (...args) => request('read', () => base.load(...args)),
    saveSnapshot: (...args) => request('write', () => base.saveSnapshot(...args), args[1]),
    loadSnapshot: (entity) => {
      const lost = upcoming('snapshot-lost') !== undefined
      return request('read', async () => (lost ? undefined : base.loadSnapshot(entity)))
    },
  }
}

/** The table as a process sees it: a journal of four methods. */
export function eventJournalOf({ through }: SimulatedProcess, shared: EventTable): EventJournal {
  return {
    persist: (...args) => through(() => shared.persist(...args)),
    async *load(...args) {
      yield* await through(() => shared.load(...args))
    },
    saveSnapshot: (...args) => through(() => shared.saveSnapshot(...args)),
    loadSnapshot: (...args) => through(() => shared.loadSnapshot(...args)),
  }
}

/** The table as it is. */
export function directEventJournal(base: EventTable): EventJournal {
  return {
    ...base,
    async *load(...args) {
      yield* await base.load(...args)
    },
  }
}
