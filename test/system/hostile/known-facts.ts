import type { Grant } from 'tailfold/http'
import type { Named } from './target.ts'

/** What a test knows of what was written, from its own requests alone. */
export interface KnownFacts {
  /** Marks that went into an entity, by the name of the entity. */
  readonly marks: Map<string, Set<string>>
  /** The command whose outcome was told first, by entity, key and principal. */
  readonly answered: Map<string, string>
  /** Ids written, by tenant and type. */
  readonly ids: Map<string, Set<string>>
}

export function noFacts(): KnownFacts {
  return { marks: new Map(), answered: new Map(), ids: new Map() }
}

/** One text for each thing. */
export const nameOf = (...parts: readonly unknown[]): string =>
  JSON.stringify(parts.map((part) => part ?? null))

export const entityOf = ({ tenant }: Grant, { entityType, entityId }: Named): string =>
  nameOf(tenant, entityType, entityId)

/** One text for each command: its name and its fields, however they are written. */
export function commandOf(name: string | undefined, body: string | Uint8Array | undefined): string {
  const text = body === undefined ? '' : new TextDecoder().decode(Buffer.from(body))
  const { type: _, ...fields } = JSON.parse(text || '{}') as Record<string, unknown>
  return JSON.stringify([name, fields])
}

/** The set under a name, made when there is none. */
export function setAt(sets: Map<string, Set<string>>, name: string): Set<string> {
  const found = sets.get(name) ?? new Set()
  sets.set(name, found)
  return found
}
