import type { ResolvedEntity } from '../entity/entity.ts'
import type { Run } from './run.ts'
import type { StateAt } from './view.ts'

/** What a decision depends on, beside the command. */
export interface Deciding {
  readonly definition: ResolvedEntity
  readonly run: Run
  /** Time of the attempt, whole milliseconds since the Unix epoch. */
  readonly now: number
  /** Where the commands before it in the batch leave the entity. */
  readonly at: StateAt
  /** Revision that a commit of the batch will have. */
  readonly nextRevision: number
  /** Events of the batch so far. */
  readonly firstEvent: number
  readonly limits: DecisionLimits
}

/** What bounds a decision. */
export interface DecisionLimits {
  /** Events one command may persist. */
  readonly maxEvents: number
  /** False where the journal cannot keep a commit without events. */
  readonly keepsRejections: boolean
  /** Command ids with `dedupe: 'always'` in one commit. */
  readonly maxCommandIds: number
  readonly maxRecordedRejections: number
  /** Milliseconds that a command may take when the caller gives no deadline. */
  readonly timeoutMs: number
  /** Runs `onCommand` so that a command it sends to its own entity is noticed. */
  readonly asHandler: <Result>(run: () => Result) => Result
}
