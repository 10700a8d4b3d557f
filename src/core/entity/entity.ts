import type { ActorRef, Behavior } from './behavior.ts'
import { checkEntityType, type EntityKey } from '../base/entity-key.ts'
import { deepFreeze, jsonText } from '../base/json.ts'
import { largestWindow } from '../journal/recent-commands.ts'
import type { DeclaredSchemas } from './schema.ts'
import { checkSchemas } from './schema-checks.ts'
import type { SnapshotPolicy } from './snapshot-policy.ts'
import type { ReplySchemasOf, SchemasOf } from './schema-types.ts'

/** An event or a command. Both are discriminated unions: every member carries its name in `type`. */
export interface TypedMessage {
  readonly type: string
}

/** What `onCommand` may know besides state and command. */
export interface CommandContext extends EntityKey {
  /** Milliseconds since the Unix epoch, read once for the attempt; the commit carries the same time. */
  readonly now: number
  /** The caller's idempotency key, when one was given. */
  readonly commandId: string | undefined
  /** Number of commits the state was built from; 0 for an entity that does not exist yet. */
  readonly revision: number
  /** 1 for the first attempt; more after a conflict, when `onCommand` runs again on newer state. */
  readonly attempt: number
  /** Who sent the command, as the application found out; `undefined` where it does not tell. */
  readonly principal?: Principal | undefined
}

/** Who sends a command. Its `id` stands in the commit; the rest is for `onCommand` alone and is not stored. */
export interface Principal {
  /** 1 to 256 characters: `'user-17'`. */
  readonly id: string
  /** What is claimed of it besides: roles, scopes, a token's claims. */
  readonly [claim: string]: unknown
}

/**
 * An entity type: how commands are decided and events folded. A plain value; the same one runs in an
 * `ActorSystem`, behind HTTP, in a Lambda and in a test without I/O.
 */
export interface EntityDefinition<
  Type extends string,
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
> {
  /** 1 to 64 letters, digits, `_` or `-`, a letter first: `'account'`. Part of every key and path: never change it. */
  readonly entityType: Type
  /** State before any event. Plain JSON; frozen by Tailfold. */
  readonly initialState: State
  /**
   * Applies one event: pure, synchronous, used live and for replay. Return a new state, never a changed one (states
   * are frozen). Returning `undefined`, as a `switch` without a case for the event does, is `unknown-event`.
   */
  onEvent(state: State, event: Event): State
  /**
   * Decides. Must be safe to run again: after a conflict it runs on newer state and its former answer is dropped.
   * Returning `undefined` means {@link Behaviors.unhandled}.
   */
  onCommand(
    ctx: CommandContext,
    state: State,
    command: Command,
  ): Behavior<Event, State> | Promise<Behavior<Event, State>>
  /**
   * A Standard Schema for the fields of each command, by its name. Commands are parsed before `onCommand` sees them, and
   * others are `unhandled-command`; what does not fit is `invalid-command`, with every issue. Schemas are asked once for
   * each time a command is sent, before anything is read. Where they are asynchronous, commands are carried out in the
   * order in which their schemas answer. Default: not checked.
   */
  readonly commands?: SchemasOf<Command>
  /** Likewise for events: one that does not fit is `handler-failed`, and nothing is written. They are stored as they are. */
  readonly events?: SchemasOf<Event>
  /** Likewise for the replies of commands, by the name of the command. */
  readonly replies?: ReplySchemasOf<Command>
  /** When to write a snapshot. Default: when the bytes to replay exceed 4 KB and the state's own size. */
  readonly snapshotPolicy?: SnapshotPolicy
  /** Whole number, default 1. Raise it when `onEvent` or the state's shape changes: states stored under another version are rebuilt from events. */
  readonly schemaVersion?: number
  /**
   * How long a command id is remembered. `'window'` (default): the newest `dedupeWindow` ids, at no cost. `'always'`:
   * for `dedupeForSeconds`, in a record of its own beside the commit, for entities so busy that a window goes by before
   * a caller repeats one; costs a transaction for each commit with an id, and a read for an id the window does not show.
   */
  readonly dedupe?: 'window' | 'always'
  /**
   * Command ids that ride with the state, 0 to 1,000; ten bytes each. Default 32. More of them leave less room for the
   * state in the kilobyte that is free.
   */
  readonly dedupeWindow?: number
  /** Seconds for which `dedupe: 'always'` keeps an id. Default 604,800: a week. */
  readonly dedupeForSeconds?: number
}

/** A definition whose types do not matter to the holder. */
export type AnyEntity = EntityDefinition<string, unknown, TypedMessage, TypedMessage>

/** The command union without the reply addresses: what a caller sends. */
export type CommandInput<Command> = Command extends unknown ? Omit<Command, 'replyTo'> : never

/** What a command is answered with, derived from its `replyTo`; `void` when it has none. */
export type ReplyOf<Command> = Command extends { readonly replyTo: ActorRef<infer Reply> } ? Reply : void

/**
 * Makes an entity definition, with its types inferred from `onEvent` and `onCommand`.
 * Throws `TypeError` on a bad entity type, schema or schema version, `not-json` on an initial state JSON cannot hold.
 */
export function entity<
  const Type extends string,
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
>(definition: EntityDefinition<Type, State, Event, Command>): EntityDefinition<Type, State, Event, Command> {
  checkDefinition(definition)
  return definition
}

/** Throws unless the definition can work; freezes its initial state, which all entities of the type share. */
export function checkDefinition(
  definition: Pick<AnyEntity, 'entityType' | 'initialState' | 'schemaVersion' | 'dedupeWindow'> &
    DeclaredSchemas,
): void {
  checkEntityType(definition.entityType)
  const version = definition.schemaVersion ?? 1
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new TypeError(
      `schemaVersion of ${definition.entityType} must be a whole number from 1 on, not ${version}.`,
    )
  }
  const window = definition.dedupeWindow ?? 0
  if (!Number.isSafeInteger(window) || window < 0 || window > largestWindow) {
    throw new TypeError(
      `dedupeWindow of ${definition.entityType} must be a whole number from 0 to ${largestWindow}, not ${window}.`,
    )
  }
  checkSchemas(definition)
  jsonText(definition.initialState, `initialState of ${definition.entityType}`)
  deepFreeze(definition.initialState)
}
