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

/**
 * Reads history with the retries, the deadline and the meter of an engine: what the functions of `core/history` take.
 * Every method throws `store-unavailable` once the deadline has passed, and `journal-corrupt`.
 */
export interface HistoryReader {
  readonly definition: AnyEntity
  /** The key of an entity of this type. Throws `invalid-id`, and `TypeError` on a tenant that cannot be. */
  key(entityId: string): EntityKey
  /** Where the entity is: its newest commit; revision 0 when nothing was ever written. Folds nothing. */
  head(entity: EntityKey): Promise<CommitPosition>
  /** The current state, or the one at a past revision; the newest there is where the entity has not come that far. */
  recover(entity: EntityKey, upTo?: number): Promise<CurrentState>
  /** Pages of commits, ascending, each verified against the one before. */
  commits(entity: EntityKey, range: CommitRange): AsyncIterable<readonly Commit[]>
  /** The commit at a revision; `undefined` when there is none. */
  commit(entity: EntityKey, revision: number): Promise<Commit | undefined>
  /** `undefined` where the journal cannot list. */
  readonly entityIds: ((list: Omit<EntityList, 'entityType' | 'tenant'>) => Promise<EntityIdPage>) | undefined
  /** What the requests cost so far; `undefined` unless the engine was asked to tell costs. */
  cost(): Cost | undefined
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
