import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { approximateBytes } from '../base/json.ts'
import type { Receipt } from '../journal/commit.ts'
import { countKnown } from '../journal/recent-commands.ts'
import type { View } from './view.ts'

/** How much an engine keeps warm. */
export interface CacheOptions {
  /** Entities kept, those not used lately dropped first; 0 turns the cache off. Default 10,000. */
  readonly maxEntries?: number
  /** Approximate bytes of JSON kept in all: states, and the ids and replies kept with them. Default 33,554,432 (32 MB). */
  readonly maxBytes?: number
  /**
   * A view that was last compared with the journal longer ago than this many milliseconds is read on before a command is
   * decided on it: how long a restored table may go unnoticed. Default 30,000.
   */
  readonly freshForMs?: number
}

/** A view that was kept. */
export interface WarmView {
  readonly view: View
  /** When its hash was last compared with the journal's, in milliseconds since the Unix epoch. */
  comparedAt: number
  /** Reads that must find nothing new before a command is decided without one: others write the entity too. */
  readonly readsFirst: number
}

/** Views of entities that this process used lately: a guess that the conditional write, or a read, confirms. */
export interface ViewCache {
  get(entity: EntityKey): WarmView | undefined
  /** True when it may be decided on without a read. */
  isFresh(warm: WarmView, now: number): boolean
  /** Only for views that are durable for certain. An older revision never replaces a newer one. */
  set(warm: WarmView): void
  delete(entity: EntityKey): void
}

/** Bytes that an id takes in memory, and a view by itself. */
const idBytes = 100
const viewBytes = 500

interface Entry extends WarmView {
  readonly bytes: number
  /** Used since it was last passed over. */
  used: boolean
}

/**
 * A bounded cache, shared by all requests of a process. Clock jumps make views old or young, never wrong. What has to make
 * room is found by second chance: an entry used since its last turn goes to the end of the line instead. So a use moves
 * nothing, where an exact order of use would move an entry each time.
 */
export function viewCache(options: CacheOptions = {}): ViewCache {
  const { maxEntries = 10_000, maxBytes = 32 * 1024 * 1024, freshForMs = 30_000 } = options
  const entries = new Map<string, Entry>()
  let bytes = 0

  function remove(name: string): void {
    bytes -= entries.get(name)?.bytes ?? 0
    entries.delete(name)
  }

  function makeRoomFor(added: string): void {
    const fits = () => entries.size <= maxEntries && bytes <= maxBytes
    if (fits()) return
    // A map lists what is added while it is listed: this goes round.
    for (const [name, entry] of entries) {
      if (fits()) return
      if (entry.used || name === added) {
        entry.used = false
        entries.delete(name)
        entries.set(name, entry)
      } else remove(name)
    }
  }

  return {
    get(entity) {
      const entry = entries.get(describeEntity(entity))
      if (entry !== undefined) entry.used = true
      return entry
    },
    isFresh({ comparedAt, readsFirst }, now) {
      const age = now - comparedAt
      // A clock that was set back does not tell how old it is.
      return readsFirst === 0 && age >= 0 && age <= freshForMs
    },
    set(warm) {
      // What does not exist needs no memory: recovering it costs one request either way.
      if (maxEntries < 1 || warm.view.revision === 0) return
      const name = describeEntity(warm.view.entity)
      const present = entries.get(name)
      if (present !== undefined && present.view.revision > warm.view.revision) return
      const { view, comparedAt, readsFirst } = warm
      const size = bytesOf(view)
      // It would drop all others, and then itself.
      if (size > maxBytes) return remove(name)
      bytes += size - (present?.bytes ?? 0)
      entries.set(name, { view, comparedAt, readsFirst, bytes: size, used: present !== undefined })
      makeRoomFor(name)
    },
    delete: (entity) => remove(describeEntity(entity)),
  }
}

function bytesOf({ state, recent }: View): number {
  let bytes = viewBytes + approximateBytes(state) + countKnown(recent) * idBytes
  for (const { receipt } of recent.commands) {
    // The newest ids alone have theirs.
    if (receipt === undefined) break
    bytes += receiptBytes(receipt)
  }
  return bytes
}

/** Each is measured once. */
const measured = new WeakMap<Receipt, number>()

function receiptBytes(receipt: Receipt): number {
  const known = measured.get(receipt)
  if (known !== undefined) return known
  const bytes = approximateBytes(receipt.outcome)
  measured.set(receipt, bytes)
  return bytes
}
