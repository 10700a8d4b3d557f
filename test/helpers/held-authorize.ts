import type { Authorize } from 'tailfold/http'
import { vi } from 'vitest'

/** A hook that allows every request, once it is released. */
export interface HeldAuthorize {
  readonly authorize: Authorize
  /** Called for each request that asks. */
  readonly reached: () => void
  release(): void
}

/** Holds requests where they are authorized. */
export function heldAuthorize(): HeldAuthorize {
  const gate = Promise.withResolvers<void>()
  const reached = vi.fn<() => void>()
  return {
    reached,
    release: () => gate.resolve(),
    async authorize() {
      reached()
      await gate.promise
      return 'anonymous' as const
    },
  }
}
