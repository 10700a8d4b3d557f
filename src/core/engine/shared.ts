import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import type { Platform } from '../base/platform.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Journal } from '../journal/journal.ts'
import { type Backoff, startBackoff } from './backoff.ts'
import type { Warn } from './hooks.ts'
import type { EngineOptions } from './options.ts'
import { type Recovery, startRecovery } from './recovery.ts'
import { type RejectionCounts, startRejectionCounts } from './rejection-counts.ts'
import { journalRequests, type Requests } from './requests.ts'
import { type Snapshots, startSnapshots } from './snapshots.ts'
import { type ViewCache, viewCache, type WarmView } from './view-cache.ts'

/** What all runs of an engine share. */
export interface Shared {
  readonly definition: ResolvedEntity
  readonly journal: Journal
  readonly platform: Platform
  readonly requests: Requests
  readonly cache: ViewCache
  readonly snapshots: Snapshots
  readonly recovery: Recovery
  readonly backoff: Backoff
  readonly rejections: RejectionCounts
  /** Keeps a view warm, unless its entity was forgotten while the run was under way. */
  keep(warm: WarmView): void
  /** Drops the view of an entity; one that is in use is not kept again. */
  forget(entity: EntityKey, inUse: boolean): void
  /** The run of an entity has ended: it may be kept again. */
  release(entity: EntityKey): void
}

/** Sets up what the runs of an engine share. */
export function startShared(
  definition: ResolvedEntity,
  journal: Journal,
  options: Omit<EngineOptions, 'journal'>,
  warn: Warn,
): Shared {
  const { platform, retry = {}, snapshot = 'use' } = options
  const requests = journalRequests(platform, retry.requestTimeoutMs ?? 3_000)
  const cache = viewCache(options.cache)
  const snapshots = startSnapshots(definition, journal, requests, warn)
  const forgotten = new Set<string>()

  const keep = ({ view, comparedAt, readFirst }: WarmView): void => {
    if (!forgotten.has(describeEntity(view.entity))) cache.set({ view, comparedAt, readFirst })
  }

  return {
    definition,
    journal,
    platform,
    requests,
    cache,
    snapshots,
    keep,
    recovery: startRecovery({
      definition,
      journal,
      requests,
      snapshot,
      warn,
      // The next command of this process goes on from here, and that of another one from the snapshot.
      keepProgress(view) {
        keep({ view: snapshots.saveIfDueAfterRead(view), comparedAt: platform.now(), readFirst: true })
      },
    }),
    backoff: startBackoff(requests.roundTripMs),
    rejections: startRejectionCounts(platform, definition.dedupeForMs),
    forget(entity, inUse) {
      cache.delete(entity)
      if (inUse) forgotten.add(describeEntity(entity))
    },
    release: (entity) => void forgotten.delete(describeEntity(entity)),
  }
}
