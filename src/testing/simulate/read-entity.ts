import type { EntityKey } from '../../core/base/entity-key.ts'
import { isTailfoldError } from '../../core/base/errors.ts'
import { createEngine } from '../../core/engine/engine.ts'
import type { AnyEntity } from '../../core/entity/entity.ts'
import { virtualPlatform } from '../virtual-platform.ts'
import type { EntityRecord } from './history.ts'
import { versionOf } from './instrument.ts'
import type { Storage } from './storage.ts'

/** Reads what a history left of an entity: all its commits and states, and what a process that starts then sees. */
export async function readEntity(
  definition: AnyEntity,
  storage: Storage,
  entity: EntityKey,
): Promise<EntityRecord> {
  const nothing = { revision: 0, sequenceNr: 0, state: definition.initialState }
  try {
    const epochs = await storage.epochs(entity)
    const states = await storage.states(entity, epochs, versionOf(definition))
    // How ids are remembered does not matter to a reader, and not every journal keeps them for good.
    const reading = { ...definition, dedupe: 'window' as const }
    const engine = createEngine(reading, { journal: storage.journal(), platform: virtualPlatform() })
    const { tenant } = entity
    const final = await engine.read(entity.entityId, { tenant })
    return { entity, epochs, states, final, unreadable: undefined }
  } catch (error) {
    if (!isTailfoldError(error)) throw error
    return { entity, epochs: [], states: [], final: nothing, unreadable: error }
  }
}
