import type { CommandInput, TypedMessage } from '../entity/entity.ts'
import type { Outcome } from './outcome.ts'
import type { PastPoint } from '../history/past-state.ts'
import type { ExecuteOptions } from './pending-command.ts'

/** The current state of an entity, verified against the journal. */
export interface CurrentState {
  /** 0 when nothing was ever written. */
  readonly revision: number
  readonly sequenceNr: number
  readonly state: unknown
}

/** How to read. */
export interface ReadOptions {
  /** Whose entity it is. Default: nobody's. */
  readonly tenant?: string | undefined
  /** Milliseconds since the Unix epoch by which an answer is due. Default: now + `retry.timeoutMs`. */
  readonly deadline?: number | undefined
}

/** Runs commands on the entities of one type. */
export interface Engine<Command extends TypedMessage = TypedMessage> {
  /** Carries a command out, exactly once when it has an id. Rejects with a {@link TailfoldError} when there is no outcome. */
  execute(entityId: string, command: CommandInput<Command>, options?: ExecuteOptions): Promise<Outcome>
  /** Reads the current state: one request. */
  read(entityId: string, options?: ReadOptions): Promise<CurrentState>
  /**
   * Reads a past state: the events up to a point folded by the code of today. `undefined` when the entity has not come
   * that far. One request or two where states ride along; a few more where a revision has to be searched for.
   */
  readPast(entityId: string, point: PastPoint, options?: ReadOptions): Promise<CurrentState | undefined>
  /** Drops what is kept warm of an entity; the next command recovers it from the journal. */
  forget(entityId: string, tenant?: string): void
  /** Resolves when no command and no snapshot write is under way. */
  idle(): Promise<void>
}
