import type { Cost } from '../base/cost.ts'
import type { EntityKey } from '../base/entity-key.ts'
import type { ResolvedEntity } from '../entity/entity.ts'
import type { Metadata } from '../base/metadata.ts'
import type { ActorRef, NamedInput, NamedReply, Principal, TypedMessage } from '../entity/message.ts'
import type { Commit } from '../journal/commit.ts'
import type { CommitPosition, CommitRange, EntityIdPage, EntityList } from '../journal/journal.ts'
import type { Outcome } from './outcome.ts'
import type { CommandScope } from './command-scope.ts'
import type { StateAt } from './view.ts'

/** What a caller may say about one command. */
export interface ExecuteOptions {
  /**
   * The idempotency key: 1 to 256 characters, not beginning with `~`. A command is carried out once under its id, and
   * answered the same every time, for as long as the id is remembered: at least `dedupeForSeconds`.
   */
  readonly commandId?: string | undefined
  /** How the id is remembered; see `EntityDefinition.dedupe`. A repeat is sent with the same value. Default: the entity's. */
  readonly dedupe?: 'window' | 'always' | undefined
  /** Fail with `revision-mismatch` unless the entity is at this revision; 0 for "does not exist yet". */
  readonly expectedRevision?: number | undefined
  /**
   * `'new'`: a hint that nothing was ever written to the entity. A correct hint saves one read request; a wrong one costs one
   * conflict. `expectedRevision: 0` implies it.
   */
  readonly expect?: 'new' | undefined
  /**
   * Milliseconds since the Unix epoch after which no attempt begins. `Infinity`: no limit while it waits for its turn; a
   * schema that answers later has `retry.timeoutMs` all the same. Default: now + `retry.timeoutMs`.
   */
  readonly deadline?: number | undefined
  /** Receives every reply, after it is durable. */
  readonly replyTo?: ActorRef<unknown> | undefined
  /** The tenant that owns the entity; entities of different tenants never meet. Default: none. */
  readonly tenant?: string | undefined
  /** Who sends the command: reaches `onCommand`, and its id the commit. A command id belongs to its principal. */
  readonly principal?: Principal | undefined
  /** The trace the command belongs to, in the form of W3C Trace Context; kept in the commit. */
  readonly traceparent?: string | undefined
  /**
   * Kept with the events: consumers get it in `meta`, readers in the audit trail. At most 1,024 characters of JSON. A repeat
   * under a command id changes nothing about it.
   */
  readonly metadata?: Metadata | undefined
  /** Names the request the command came with; for the observers alone. */
  readonly requestId?: string | undefined
  /** Keeps the command in order with others, and ends it with them; see {@link CommandScope}. */
  readonly scope?: CommandScope | undefined
}

/** How to read. */
export interface ReadOptions {
  /** The tenant that owns the entity. Default: none. */
  readonly tenant?: string | undefined
  /** Milliseconds since the Unix epoch by which an answer is due. Default: now + `retry.timeoutMs`. */
  readonly deadline?: number | undefined
}

/**
 * Reads history with the retries, the deadline and the meter of an engine: what the functions of `core/history` take.
 * Every method throws `store-unavailable` once the deadline has passed, and `journal-corrupt`.
 */
export interface HistoryReader<State = unknown, Event = unknown> {
  readonly definition: ResolvedEntity
  /** The key of an entity of this type and the reader's tenant. Throws `invalid-id`. */
  key(entityId: string): EntityKey
  /** Where the entity is: its newest commit; revision 0 when nothing was ever written. Folds nothing. */
  head(entity: EntityKey): Promise<CommitPosition>
  /** The current state, or the one at a past revision; the newest there is where the entity has not come that far. */
  recover(entity: EntityKey, upTo?: number): Promise<StateAt<State>>
  /** Pages of commits, ascending, each verified against the one before. */
  commits(entity: EntityKey, range: CommitRange): AsyncIterable<ReadonlyArray<Commit<Event>>>
  /** The commit at a revision; `undefined` beyond the newest. */
  commit(entity: EntityKey, revision: number): Promise<Commit<Event> | undefined>
  /** `undefined` where the journal cannot list. */
  readonly entityIds: ((list: Pick<EntityList, 'after' | 'limit'>) => Promise<EntityIdPage>) | undefined
  /** What the requests cost so far; `undefined` unless the engine was asked to report costs. */
  cost(): Cost | undefined
}

/** Runs commands on the entities of one type. `Command` is the commands as they are sent, with what they are answered. */
export interface Engine<Command extends TypedMessage = TypedMessage, State = unknown, Event = TypedMessage> {
  /** Carries a command out, exactly once when it has an id. Rejects with a {@link TailfoldError} when there is no outcome. */
  execute<Name extends Command['type']>(
    entityId: string,
    command: NamedInput<Command, Name>,
    options?: ExecuteOptions,
  ): Promise<Outcome<NamedReply<Command, Name>, Event>>
  /** Reads the current state, verified against the journal: one request. */
  read(entityId: string, options?: ReadOptions): Promise<StateAt<State>>
  /** Reads history within one deadline; see the functions of `tailfold/history`. */
  reader(options?: ReadOptions): HistoryReader<State, Event>
  /** Drops what is kept warm of an entity; the next command recovers it from the journal. */
  forget(entityId: string, tenant?: string): void
  /** Resolves when no command and no snapshot write is under way. */
  idle(): Promise<void>
}
