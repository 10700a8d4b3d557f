import type { EntityKey } from '../core/base/entity-key.ts'
import type { Platform } from '../core/base/platform.ts'
import { createEngine } from '../core/engine/engine.ts'
import type { Engine } from '../core/engine/contract.ts'
import type { RetryOptions } from '../core/engine/run.ts'
import type { StateAt } from '../core/engine/view.ts'
import type { Journal } from '../core/journal/journal.ts'
import type { ViewShape } from './view-shape.ts'

/** Reads the states that rows are made of. */
export interface ViewSource {
  /** The state as the journal has it now. One request where it is small. Throws as `Engine.read` does. */
  read(entity: EntityKey, deadline?: number): Promise<StateAt>
  /** The state at a past revision, or as it is now, without keeping it. */
  readAt(entity: EntityKey, revision?: number): Promise<StateAt>
}

/** What states are recovered with. */
export interface ViewSourceOptions {
  readonly journal: Journal
  readonly platform: Platform
  readonly retry?: RetryOptions | undefined
}

/** States of the entities of some views, recovered from a journal. */
export function viewSource(
  { retry, ...options }: ViewSourceOptions,
  views: readonly ViewShape[],
): ViewSource {
  const engines = new Map<string, Engine>()
  for (const { sources } of views)
    for (const [entityType, { definition }] of sources)
      if (!engines.has(entityType))
        engines.set(entityType, createEngine(definition, { ...options, ...(retry && { retry }) }))
  function engineOf({ entityType }: EntityKey): Engine {
    const engine = engines.get(entityType)
    if (engine === undefined) throw new TypeError(`No view here has rows of ${entityType}.`)
    return engine
  }

  return {
    read: async (entity, deadline) =>
      engineOf(entity).read(entity.entityId, { tenant: entity.tenant, deadline }),
    readAt: async (entity, revision) =>
      engineOf(entity).reader({ tenant: entity.tenant }).recover(entity, revision),
  }
}
