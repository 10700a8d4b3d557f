import type { EntityKey } from '../../core/base/entity-key.ts'
import type { Journal } from '../../core/journal/journal.ts'
import { toJournal } from '../../core/journal/to-journal.ts'
import { keyValueJournal } from '../../journal/key-value-journal.ts'
import { storeKey } from '../../journal/key.ts'
import type { Store } from '../../journal/store.ts'
import type { Epoch } from './history.ts'
import { type FoundState, readCommits, readStates } from './journals.ts'
import type { Plan } from './plan.ts'
import { commitName, type Durable, simulatedDisk } from './simulated-disk.ts'
import {
  directEventJournal,
  eventJournalOf,
  eventName,
  eventTable,
  remoteEventTable,
} from './simulated-event-journal.ts'
import { simulatedNetwork } from './simulated-network.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { remoteStore, storeOf } from './simulated-store.ts'
import type { World } from './world.ts'

/** Where a history keeps its commits: behind a network for its processes, at hand for the checker. */
export interface Storage {
  journalOf(process: SimulatedProcess): Journal
  /** Everything written after `atMs`, true time, is gone. */
  restore(atMs: number): Promise<void>
  /** The journal as it is in the end, without a network. */
  journal(): Journal
  /** Throws `journal-corrupt`. */
  epochs(entity: EntityKey): Promise<readonly Epoch[]>
  /** Throws `journal-corrupt`. */
  states(entity: EntityKey, epochs: readonly Epoch[], schemaVersion: number): Promise<readonly FoundState[]>
}

/** The largest record in a simulation: small, so that an oversized command is cheap to make. */
export const simulatedRecordBytes = 4_000

/** Starts empty: over a store, or as a journal of four methods, as the plan says. */
export function startStorage(plan: Plan, world: World, openStore: () => Store): Storage {
  return plan.journal === 'store' ? overStore(plan, world, openStore) : overEventTable(plan, world)
}

function overStore(plan: Plan, world: World, openStore: () => Store): Storage {
  const disk = simulatedDisk(openStore, world, {
    ...plan.limits,
    maxRecordBytes: simulatedRecordBytes,
  })
  const remote = remoteStore(disk.store, simulatedNetwork(plan, world))
  return {
    journalOf: (process) => keyValueJournal(storeOf(process, remote), { inlineState: plan.inlineState }),
    restore: disk.restore,
    journal: () => keyValueJournal(disk.store),
    async epochs(entity) {
      const key = storeKey(entity)
      return Promise.all(
        disk.epochs().map(async ({ store, endedAt, durable }) => {
          const commits = await readCommits(keyValueJournal(store), entity)
          return {
            commits,
            endedAt,
            durable: commits.map(({ revision }) => durable.get(commitName(key, revision))),
          }
        }),
      )
    },
    states: (entity, epochs, schemaVersion) =>
      readStates(disk.store, entity, epochs.at(-1)?.commits ?? [], schemaVersion),
  }
}

function overEventTable(plan: Plan, world: World): Storage {
  const table = eventTable(world)
  const remote = remoteEventTable(table, simulatedNetwork(plan, world))
  return {
    journalOf: (process) => toJournal(eventJournalOf(process, remote)),
    restore: () => Promise.reject(new TypeError('A journal of four methods is not restored.')),
    journal: () => toJournal(directEventJournal(table)),
    async epochs(entity) {
      const commits = await readCommits(toJournal(directEventJournal(table)), entity)
      const { tenant, entityType, entityId } = entity
      const own = tenant === undefined ? entity : { entityType: `~${tenant}/${entityType}`, entityId }
      const durable = commits.map(({ lastSequenceNr }): Durable | undefined =>
        table.durable.get(eventName(own, lastSequenceNr)),
      )
      return [{ commits, endedAt: Infinity, durable }]
    },
    states: async () => [],
  }
}
