import { checkNames } from '../base/check-options.ts'
import { checkEntityType, type EntityKey } from '../base/entity-key.ts'
import { frozenJson } from '../base/json.ts'
import { recentCommandsKept } from '../journal/recent-commands.ts'
import { mostStoredIds } from '../journal/recent-commands-record.ts'
import type { Behavior } from './behavior.ts'
import { checkFunction, checkInternal, checkWhole, knownProperties } from './definition-checks.ts'
import type { Principal, TypedMessage } from './message.ts'
import { checkSchemas, type DeclaredSchemas, type SchemasByName } from './schema.ts'
import type {
  CommandsBy,
  EventSchemasOf,
  EventsBy,
  NoOthers,
  ReplySchemasOf,
  SchemasOf,
} from './schema-types.ts'
import { snapshotByBytes, type SnapshotPolicy } from './snapshot-policy.ts'

/** What `onCommand` may know beside state and command. Frozen. */
export interface CommandContext extends EntityKey {
  /** Milliseconds since the Unix epoch, read once for the attempt; the commit carries the same time. */
  readonly now: number
  /** The caller's idempotency key, when one was given. */
  readonly commandId: string | undefined
  /** Number of commits the state was built from; 0 for an entity that does not exist yet. */
  readonly revision: number
  /** 1 for the first attempt of a batch; grows with each lost race and each repeated store request. */
  readonly attempt: number
  /** Who sent the command; `undefined` where the application does not say. */
  readonly principal?: Principal | undefined
}

/** What a {@link EntityDefinition.view} may know beside the state. */
export interface ViewContext {
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** Who reads; `undefined` where the application does not say. */
  readonly principal: Principal | undefined
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
  Commands extends SchemasByName = SchemasByName,
  View = unknown,
  Internal extends Command['type'] = Command['type'],
> {
  /** 1 to 64 letters, digits, `_` or `-`, a letter first: `'account'`. Part of every key and path: never change it. */
  readonly entityType: Type
  /** State before any event. Plain JSON. */
  readonly initialState: State
  /**
   * Applies one event: pure, synchronous, used live and for replay. Return a new state, never a changed one (states and
   * events are frozen). The state is kept as its JSON text would be read back: properties that are `undefined` are
   * dropped. Returning `undefined`, as a `switch` without a case for the event does, is `unknown-event`.
   */
  onEvent(state: State, event: Event): State
  /**
   * Decides. Must be safe to run again: after a conflict it runs on newer state and its former answer is dropped. State,
   * command and context are frozen. Returning `undefined` means {@link Behaviors.unhandled}.
   */
  onCommand(
    ctx: CommandContext,
    state: State,
    command: Command,
  ): Behavior<Fixed<Event>, Fixed<State>> | Promise<Behavior<Fixed<Event>, Fixed<State>>>
  /**
   * A Standard Schema for the fields of each command, by its name. Commands are parsed before `onCommand` sees them, and
   * others are `unhandled-command`; one that does not fit is `invalid-command`, with every issue. A schema runs once each
   * time a command is sent, before anything is read. Where schemas are asynchronous, commands are carried out in the
   * order in which their schemas answer. Default: not checked.
   */
  readonly commands?: Commands & SchemasOf<Command>
  /** Likewise for events: one that does not fit is `handler-failed`, and nothing is written. Events are stored unchanged. */
  readonly events?: EventSchemasOf<Event>
  /** Likewise for the replies of commands, by the name of the command. */
  readonly replies?: ReplySchemasOf<Command>
  /** Names of commands that only this process may send: they are not served over HTTP and not described. Default none. */
  readonly internal?: readonly Internal[]
  /** What a caller of `GET` sees of a state. Must be pure and return JSON. Default: the whole state. */
  view?(state: State, context: ViewContext): View
  /** When to write a snapshot. Default: when the bytes to replay exceed 4 KB and the state's own size. */
  readonly snapshotPolicy?: SnapshotPolicy
  /** Whole number, default 1. Raise it when `onEvent` or the state's shape changes: states stored under another version are rebuilt from events. */
  readonly schemaVersion?: number
  /**
   * How command ids are remembered beyond the newest ones that ride with the state. `'window'` (default): for
   * `dedupeForSeconds`, read from the commits of that time when a command needs it. `'always'`: for `idItemsForSeconds`,
   * in a record of its own beside the commit; costs a transaction for each commit with an id, and a read for an id that
   * is not among the newest. `ExecuteOptions.dedupe` chooses it for one command, and for its repeats: ids used under
   * `'window'` are not looked for under `'always'` once they are not among the newest.
   */
  readonly dedupe?: 'window' | 'always'
  /** Seconds for which every command id is remembered at least. A whole number from 1 on; default 300. */
  readonly dedupeForSeconds?: number
  /**
   * Seconds for which `dedupe: 'always'` keeps an id. A whole number from 1 on; default 604,800: a week. Never less than
   * `dedupeForSeconds` and a minute.
   */
  readonly idItemsForSeconds?: number
  /**
   * Command ids, the newest, that are remembered whatever their age: 0 to 1,000; ten bytes each. Default 32. More of them
   * leave less room for the state in the kilobyte that is free; fewer than 32 are for tests.
   */
  readonly dedupeWindow?: number
}

/** A type that is inferred elsewhere. `NoInfer` does the same, but the compiler shows it in its messages. */
type Fixed<Type> = [Type][Type extends unknown ? 0 : never]

/**
 * What {@link entity} takes: a definition. `Event` and `Command` come from what the handlers annotate or, where they do not,
 * from `Events`, `Commands` and `Replies`: the schemas.
 */
export type EntityOptions<
  Type extends string,
  State,
  Event extends TypedMessage,
  Command extends TypedMessage,
  Commands extends SchemasByName,
  View,
  Events extends SchemasByName,
  Replies extends SchemasByName,
  Internal extends CommandsBy<Command, Commands, Replies>['type'],
> = EntityDefinition<
  Type,
  State,
  EventsBy<Event, Events>,
  CommandsBy<Command, Commands, Replies>,
  Commands,
  View,
  Internal
> & {
  readonly commands?: NoOthers<Commands, CommandsBy<Command, Commands, Replies>>
  readonly events?: Events & NoOthers<Events, EventsBy<Event, Events>>
  readonly replies?: Replies & NoOthers<Replies, CommandsBy<Command, Commands, Replies>>
}

/** A definition whose types do not matter to the holder. */
export type AnyEntity = EntityDefinition<string, unknown, TypedMessage, TypedMessage>

/** Ids are remembered a minute longer, so that clocks that differ by up to a minute cannot drop one too early. */
export const clockToleranceMs = 60_000

/** Longer than anything has to be remembered, and short enough to be added to a time. */
const mostSeconds = 1e12

/** A definition with every default filled in: what the engine works with. */
export interface ResolvedEntity
  extends Pick<
    AnyEntity,
    'entityType' | 'initialState' | 'onEvent' | 'onCommand' | 'commands' | 'events' | 'replies'
  > {
  readonly snapshotPolicy: SnapshotPolicy
  readonly schemaVersion: number
  readonly dedupe: 'window' | 'always'
  readonly dedupeForMs: number
  readonly idItemsForSeconds: number
  readonly dedupeWindow: number
}

/**
 * Makes an entity definition. Its types come from its schemas and from what `onEvent` and `onCommand` annotate; with schemas
 * for commands and events, nothing needs an annotation. Explicit types, in this order, work too:
 * `entity<'account', State, Event, Command>({ … })`.
 * Throws `TypeError` on a definition that cannot work, `not-json` on an initial state that JSON cannot hold.
 */
export function entity<
  const Type extends string,
  State,
  Event extends TypedMessage = never,
  Command extends TypedMessage = never,
  Commands extends SchemasByName = SchemasByName,
  View = State,
  Events extends SchemasByName = SchemasByName,
  Replies extends SchemasByName = SchemasByName,
  const Internal extends CommandsBy<Command, Commands, Replies>['type'] = CommandsBy<
    Command,
    Commands,
    Replies
  >['type'],
>(
  definition: EntityOptions<Type, State, Event, Command, Commands, View, Events, Replies, Internal>,
): EntityDefinition<
  Type,
  State,
  EventsBy<Event, Events>,
  CommandsBy<Command, Commands, Replies>,
  Commands,
  View,
  Internal
> {
  checkDefinition(definition)
  return definition
}

/** Any entity definition, whatever its types. */
export type UntypedDefinition = Pick<AnyEntity, 'entityType' | 'initialState' | 'schemaVersion'> &
  DeclaredSchemas

/** Throws unless the definition can work. */
export function checkDefinition(definition: UntypedDefinition): void {
  resolveEntity(definition)
}

/** Fills in the defaults. Throws as {@link entity} does. The one place that forgets a definition's types. */
export function resolveEntity(untyped: UntypedDefinition): ResolvedEntity {
  if (typeof untyped !== 'object' || untyped === null) {
    throw new TypeError(
      'An entity definition must be an object: { entityType, initialState, onEvent, onCommand }.',
    )
  }
  const definition = untyped as AnyEntity
  const known: { readonly [Name in keyof Required<AnyEntity>]: 1 } = knownProperties
  const { entityType, schemaVersion = 1, dedupe = 'window', snapshotPolicy = snapshotByBytes } = definition
  const {
    dedupeForSeconds = 300,
    idItemsForSeconds = 604_800,
    dedupeWindow = recentCommandsKept,
  } = definition
  checkEntityType(entityType)
  checkNames(`The entity ${entityType}`, definition, known)
  for (const name of ['onEvent', 'onCommand'] as const) checkFunction(entityType, name, definition[name])
  checkFunction(entityType, 'snapshotPolicy', snapshotPolicy)
  if (definition.view !== undefined) checkFunction(entityType, 'view', definition.view)
  checkInternal(entityType, definition.internal)
  checkWhole(entityType, 'schemaVersion', schemaVersion, 1)
  checkWhole(entityType, 'dedupeForSeconds', dedupeForSeconds, 1)
  checkWhole(entityType, 'idItemsForSeconds', idItemsForSeconds, 1)
  checkWhole(entityType, 'dedupeWindow', dedupeWindow, 0, mostStoredIds)
  if (dedupe !== 'window' && dedupe !== 'always') {
    throw new TypeError(`dedupe of ${entityType} must be 'window' or 'always'.`)
  }
  checkSchemas(definition)
  const { commands, events, replies } = definition
  return {
    entityType,
    initialState: frozenJson(definition.initialState, `initialState of ${entityType}`),
    onEvent: (state, event) => definition.onEvent(state, event),
    onCommand: (ctx, state, command) => definition.onCommand(ctx, state, command),
    ...(commands && { commands }),
    ...(events && { events }),
    ...(replies && { replies }),
    snapshotPolicy,
    schemaVersion,
    dedupe,
    dedupeForMs: dedupeForSeconds * 1_000,
    idItemsForSeconds: Math.min(
      Math.max(idItemsForSeconds, dedupeForSeconds + clockToleranceMs / 1_000),
      mostSeconds,
    ),
    dedupeWindow,
  }
}
