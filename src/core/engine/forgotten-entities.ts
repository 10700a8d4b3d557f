import { describeEntity, type EntityKey } from '../base/entity-key.ts'

/** Recently forgotten entities: a run that began before that must not cache its view of them. */
export interface ForgottenEntities {
  /** How often an entity was forgotten so far. */
  readonly count: () => number
  add(entity: EntityKey): void
  /** True when the entity was forgotten after so many. */
  since(entity: EntityKey, count: number): boolean
}

/** Entities known at a time; what began before the others were forgotten keeps no view at all. */
const mostEntities = 1_000

/** Starts with none. */
export function forgottenEntities(): ForgottenEntities {
  const last = new Map<string, number>()
  let count = 0
  let unknownUpTo = 0
  return {
    count: () => count,
    add(entity) {
      const name = describeEntity(entity)
      last.delete(name)
      last.set(name, ++count)
      if (last.size <= mostEntities) return
      const [[oldest, forgotten]] = last as unknown as readonly [[string, number]]
      last.delete(oldest)
      unknownUpTo = forgotten
    },
    since: (entity, before) =>
      before !== count && (before < unknownUpTo || (last.get(describeEntity(entity)) ?? 0) > before),
  }
}
