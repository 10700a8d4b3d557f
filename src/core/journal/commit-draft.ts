import type { Commit } from './commit.ts'
import type { RecentCommands } from './recent-commands.ts'

/** A commit that is about to be written, with what the journal needs to encode it. */
export interface CommitDraft extends Omit<Commit, 'hash' | 'bytes' | 'stateVersion'> {
  /** JSON text of each event, in order. */
  readonly eventTexts: readonly string[]
  /** Hash of the commit before; empty for the first. */
  readonly previousHash: string
  /** State after the commit; rides along when there is room. `undefined`: nothing rides. */
  readonly state: unknown
  /** Bytes that the state's JSON text had when last measured; 0 when never measured. */
  readonly stateBytesHint: number
  readonly schemaVersion: number
  /** Command ids after the commit, its own included. Those for which there is room ride with the state. */
  readonly recent: RecentCommands
  /** Fewest ids (of those there are) that must fit for the state to ride. */
  readonly idsAtLeast: number
  /** Command ids that can be found by themselves until they expire (`dedupe: 'always'`). */
  readonly ids?:
    | ReadonlyArray<{ readonly commandId: string; readonly expiresAtEpochSeconds: number }>
    | undefined
}
