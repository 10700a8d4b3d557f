import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import type { View } from './view.ts'

/** How much an engine keeps warm. */
export interface CacheOptions {
  /** Entities kept, least recently used dropped first; 0 turns the cache off. Default 1,000. */
  readonly maxEntries?: number
  /**
   * A view older than this many milliseconds is read on before a command is decided on it. Default 30,000. While other
   * processes write the same entities the limit shrinks by itself, until about one write in eight comes too late.
   */
  readonly freshForMs?: number
}

/** Views of entities this process used lately: a guess that the conditional write, or a read, confirms. */
export interface ViewCache {
  get(entity: EntityKey, now: number): WarmView | undefined
  /** Only for views that are durable for certain. An older revision never replaces a newer one. */
  set(view: View, now: number): void
  delete(entity: EntityKey): void
  /** What became of a write decided on a view of that age without a read: it was still the newest, or not. */
  learn(ageMs: number, wasNewest: boolean): void
}

/** A view that was kept, and for how long. */
export interface WarmView {
  readonly view: View
  readonly ageMs: number
  /** True when it is young enough to decide on without a read. */
  readonly fresh: boolean
}

const shortestFreshMs = 20
const growth = 1.05
const shrinkage = 0.7

/** A bounded cache, shared by all requests of a process. Clock jumps make views old or young, never wrong. */
export function viewCache({ maxEntries = 1_000, freshForMs = 30_000 }: CacheOptions = {}): ViewCache {
  const entries = new Map<string, { readonly view: View; readonly knownAt: number }>()
  let freshLimitMs = freshForMs
  return {
    get(entity, now) {
      const name = describeEntity(entity)
      const entry = entries.get(name)
      if (entry === undefined) return undefined
      entries.delete(name)
      entries.set(name, entry)
      const ageMs = now - entry.knownAt
      return { view: entry.view, ageMs, fresh: ageMs <= freshLimitMs }
    },
    set(view, now) {
      if (maxEntries < 1) return
      const name = describeEntity(view.entity)
      const known = entries.get(name)
      if (known !== undefined && known.view.revision > view.revision) return
      entries.set(name, { view, knownAt: now })
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break
        entries.delete(oldest)
      }
    },
    delete: (entity) => void entries.delete(describeEntity(entity)),
    learn(ageMs, wasNewest) {
      freshLimitMs = wasNewest
        ? Math.min(freshForMs, freshLimitMs * growth)
        : Math.min(freshForMs, Math.max(shortestFreshMs, Math.min(freshLimitMs, ageMs) * shrinkage))
    },
  }
}
