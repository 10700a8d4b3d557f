import type { Metadata } from '../base/metadata.ts'

/** The recorded outcome of one command id, kept in the commit that the command made. */
export interface Receipt {
  readonly commandId: string
  /** Hash of the command and of its principal: tells a repeat from another command under the same id. See receipts.ts. */
  readonly fingerprint: string
  /** Offset of the command's first event among the events of the commit. */
  readonly firstEvent: number
  /** Number of the command's events; 0 for a rejection or a recorded no-op. */
  readonly eventCount: number
  readonly outcome: RecordedOutcome
}

/** Who or what caused the events of one command. */
export interface Cause {
  /** Offset of the command's first event among the events of the commit. */
  readonly firstEvent: number
  /** Number of the command's events; 0 for a rejection or a recorded no-op. */
  readonly eventCount: number
  /** The id of the principal that sent the command. */
  readonly principal?: string | undefined
  /** The trace the command belongs to, for what follows from its events. Source: https://www.w3.org/TR/trace-context */
  readonly traceparent?: string | undefined
  /** What the program added to the command and its events. */
  readonly metadata?: Metadata | undefined
}

/** What the caller was told. */
export type RecordedOutcome =
  | { readonly kind: 'replied'; readonly reply?: unknown }
  | { readonly kind: 'rejected'; readonly reason: string; readonly details?: unknown }

/** All events of one command, or of several decided together: one atomic write. */
export interface Commit<Event = unknown> {
  /** Commit number of the entity; dense, first commit 1. */
  readonly revision: number
  /** Random; tells a writer its own commit from another's at the same revision. */
  readonly commitId: string
  /** Milliseconds since the Unix epoch, by the writer's clock. */
  readonly timestamp: number
  /** Sequence number of the last event; that of the commit before when there are no events. */
  readonly lastSequenceNr: number
  readonly events: readonly Event[]
  readonly receipts: readonly Receipt[]
  /** In the order of the events, for commands of which something is known; absent without any. */
  readonly causes?: readonly Cause[] | undefined
  /** Hash over this commit and the hash of the one before; empty where a journal keeps none. */
  readonly hash: string
  /** Size of the record, in the store's measure. */
  readonly bytes: number
  /** The same with its compressed texts inflated; absent where none is compressed. */
  readonly inflatedBytes?: number | undefined
  /** Schema version of the state that rides with the commit; absent when none does. */
  readonly stateVersion?: number | undefined
}
