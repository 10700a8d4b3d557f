import { anything, type Checks } from '../../core/base/check-options.ts'
import type { Metadata } from '../../core/base/metadata.ts'
import type { Principal } from '../../core/entity/message.ts'

/** What `onCommand` finds in its `ctx`. */
export interface GivenOptions {
  /** The clock, which stands still: milliseconds since the Unix epoch. Default: 2026-01-01 in UTC. */
  readonly now?: number
  /** Default `'one'`. */
  readonly entityId?: string
  /** The idempotency key of the command. Default: none. */
  readonly commandId?: string
  /** Who sends the command. Default: nobody that is known. */
  readonly principal?: Principal
  /** The tenant that owns the entity. Default: none. */
  readonly tenant?: string
  /** What the caller adds to the command. Default: nothing. */
  readonly metadata?: Metadata
}

/** Throw on options that are misspelt, or cannot work. */
export const optionChecks: Checks<GivenOptions> = {
  now: ['milliseconds since the Unix epoch', Number.isFinite],
  entityId: anything,
  commandId: anything,
  principal: anything,
  tenant: anything,
  metadata: anything,
}
