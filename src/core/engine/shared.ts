import type { EntityKey } from '../base/entity-key.ts'
import type { Platform } from '../base/platform.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Journal } from '../journal/journal.ts'
import { type Backoff, startBackoff } from './backoff.ts'
import { forgottenEntities } from './forgotten-entities.ts'
import type { Warn } from './hooks.ts'
import type { EngineOptions } from './options.ts'
import { type Recovery, startRecovery } from './recovery.ts'
import { type RejectionCounts, startRejectionCounts } from './rejection-counts.ts'
import { journalRequests, type Requests } from './requests.ts'
import type { Run } from './run.ts'
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
  /** Keeps a view warm, unless its entity was forgotten since the run began. */
  keep(warm: WarmView, run: Pick<Run, 'forgets'>): void
  /** Drops the view of an entity; one that is in use is not kept again. */
  forget(entity: EntityKey): void
  /** How often an entity was forgotten so far. */
  readonly forgets: () => number
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
  const forgotten = forgottenEntities()

  const keep: Shared['keep'] = ({ view, comparedAt, readsFirst }, run) => {
    if (!forgotten.since(view.entity, run.forgets)) cache.set({ view, comparedAt, readsFirst })
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
      keepProgress(view, run) {
        const saved = snapshots.saveIfDueAfterRead(view)
        keep({ view: saved, comparedAt: platform.now(), readsFirst: 1 }, run)
      },
      dropWarm: cache.delete,
    }),
    backoff: startBackoff(requests.roundTripMs),
    rejections: startRejectionCounts(platform, definition.dedupeForMs),
    forget(entity) {
      cache.delete(entity)
      forgotten.add(entity)
    },
    forgets: forgotten.count,
  }
}
