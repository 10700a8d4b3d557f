import type { EntityKey } from './entity-key.ts'
import { describeEntity } from './entity-key.ts'
import type { View } from './view.ts'

/** How much an engine keeps warm. */
export interface CacheOptions {
  /** Entities kept, least recently used dropped first; 0 turns the cache off. Default 1,000. */
  readonly maxEntries?: number
  /** A view older than this many milliseconds is read on before it is used. Default 5,000. */
  readonly freshForMs?: number
}

/** Views of entities this process used lately: a guess that the conditional write, or a read, confirms. */
export interface ViewCache {
  get(entity: EntityKey, now: number): { readonly view: View; readonly fresh: boolean } | undefined
  /** Only for views that are durable for certain. An older revision never replaces a newer one. */
  set(view: View, now: number): void
  delete(entity: EntityKey): void
}

/** A bounded cache; {@link CacheOptions} give the defaults. */
export function viewCache({ maxEntries = 1_000, freshForMs = 5_000 }: CacheOptions = {}): ViewCache {
  const entries = new Map<string, { readonly view: View; readonly knownAt: number }>()
  return {
    get(entity, now) {
      const name = describeEntity(entity)
      const entry = entries.get(name)
      if (entry === undefined) return undefined
      entries.delete(name)
      entries.set(name, entry)
      return { view: entry.view, fresh: now - entry.knownAt <= freshForMs }
    },
    set(view, now) {
      if (maxEntries < 1) return
      const name = describeEntity(view.entity)
      const known = entries.get(name)
      if (known !== undefined && known.view.revision > view.revision) return
      entries.delete(name)
      entries.set(name, { view, knownAt: now })
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break
        entries.delete(oldest)
      }
    },
    delete: (entity) => void entries.delete(describeEntity(entity)),
  }
}
