import { describeValue } from '../base/describe-value.ts'

/** How far an entity has moved since its newest stored state; counted from the journal, never from a process. */
export interface SnapshotDistance {
  /** Events after the newest stored state; a commit without events counts as one. */
  readonly events: number
  /** Bytes of the commits a cold start would have to replay, compressed ones inflated. */
  readonly bytes: number
  /** Bytes of the newest stored state; 0 without one, or if its size is unknown. */
  readonly stateBytes: number
}

/** True when a snapshot should be written. Called once per command; must be cheap and pure. */
export type SnapshotPolicy = (distance: SnapshotDistance) => boolean

/**
 * One read unit: a shorter tail saves nothing, a longer one takes more of every load than its fewer snapshots give back.
 * Cold commands with events of 300 B cost $0.98 a million at a state of 1 KB and $1.08 at 3 KB; twice the tail $1.05
 * and $1.11, for three read units instead of two. With warm caches it is 7 and 14 % more than at twice the tail.
 */
const smallestTailBytes = 4 * 1024

/** The default: snapshot once replaying costs more than reading the state would, and at least 4 KB. */
export const snapshotByBytes: SnapshotPolicy = ({ bytes, stateBytes }) =>
  bytes >= Math.max(smallestTailBytes, stateBytes)

const policies = new Map<number, SnapshotPolicy>()

/**
 * Snapshots as soon as `nEvents` events are not covered by a stored state.
 * Throws `TypeError` unless `nEvents` is a whole number of at least 1.
 */
export function snapshotEvery(options: { readonly nEvents: number }): SnapshotPolicy {
  const nEvents = (options as Partial<typeof options> | null | undefined)?.nEvents
  if (nEvents === undefined || !Number.isSafeInteger(nEvents) || nEvents < 1) {
    throw new TypeError(
      `snapshotEvery needs nEvents of at least 1, a whole number; got ${describeValue(nEvents)}.`,
    )
  }
  const policy: SnapshotPolicy = policies.get(nEvents) ?? (({ events }) => events >= nEvents)
  policies.set(nEvents, policy) // one for each number: definitions that are equal can be recognised
  return policy
}
