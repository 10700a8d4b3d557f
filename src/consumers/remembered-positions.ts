import type { Position } from './position-row.ts'

/** Positions of one consumer that this process has seen. Any of them may be old. */
export interface RememberedPositions {
  get(key: string): Position | undefined
  /** Whether the entity was held when it was last looked at. */
  wasHeld(key: string): boolean
  /** Remembers a stored position unless it holds the entity: it may be released elsewhere, so it is read each time. */
  remember(key: string, position: Position): void
  forget(keys: readonly string[]): void
}

/** About 200 bytes each. */
const mostRemembered = 20_000

/** Starts with none; beyond its limit it forgets those that were seen longest ago. */
export function rememberedPositions(): RememberedPositions {
  const remembered = new Map<string, Position>()
  const held = new Set<string>()
  return {
    get: (key) => remembered.get(key),
    wasHeld: (key) => held.has(key),
    remember(key, position) {
      remembered.delete(key)
      if (position.hold === undefined) held.delete(key)
      else held.add(key)
      if (position.hold !== undefined || !position.stored) return
      remembered.set(key, position)
      const [oldest] = remembered.keys()
      if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest)
    },
    forget(keys) {
      for (const key of keys) remembered.delete(key)
    },
  }
}
