import type { NamedInput, NamedReply, TypedMessage } from '../core/entity/message.ts'
import type { SentCommand } from '../core/entity/schema-types.ts'
import type { App, ServedEntity } from '../http/app.ts'
import type { AuditEvent } from '../http/routes/events.ts'
import type { CallOptions, CommandOptions, EventsOptions, ListOptions } from './options.ts'

/** The entity types of an app: `bank.account('acc-001')`, `bank.account.list()`. */
export type Client<Served extends Pick<App, 'entities'>> = {
  readonly [Entity in Served['entities'][number] as Entity['entityType']]: TypeClient<
    StateOf<Entity>,
    EventOf<Entity>,
    CommandOf<Entity>
  >
}

/** The entities of one type. */
export interface TypeClient<State, Event, Command extends TypedMessage> {
  /** One entity; its id has 1 to 512 bytes. `TypeError` on `''`, `.` and `..`, which a URL cannot hold. */
  (entityId: string): EntityClient<State, Event, Command>
  /** The ids of all entities of the type; the next page is fetched when it is reached. */
  list(options?: ListOptions): AsyncIterable<string>
}

/** One entity behind HTTP. Calls reject with a {@link ClientError}, or with `TypeError` on wrong arguments. */
export interface EntityClient<State, Event, Command extends TypedMessage> {
  /**
   * Sends a command, without its `replyTo`, and resolves with the reply once it is durable; `undefined` without a
   * reply. A 503, a lost connection and a missing answer are retried under one idempotency key.
   */
  ask<Name extends Command['type']>(
    command: NamedInput<Command, Name>,
    options?: CommandOptions,
  ): Promise<NamedReply<Command, Name>>
  /** Like `ask`, but discards the reply. Resolves once the command is durable. */
  tell<Name extends Command['type']>(
    command: NamedInput<Command, Name>,
    options?: CommandOptions,
  ): Promise<void>
  /** The state, now or in the past. Rejects with `entity-not-found` if nothing was written by then. */
  state(options?: PastState & CallOptions): Promise<State>
  /** The state with its revision, for the `ifMatch` of a command. */
  read(options?: PastState & CallOptions): Promise<ReadState<State>>
  /** The audit trail, oldest event first; the next page is fetched when it is reached. */
  events(options?: EventsOptions): AsyncIterable<AuditEventOf<Event>>
}

/** A point in the past; without one, now. */
export type PastState =
  | { readonly at?: never; readonly revision?: never; readonly sequenceNr?: never }
  | {
      /** A `Date`, milliseconds since the Unix epoch, or ISO 8601 with its zone, which is sent as given. */
      readonly at: Date | number | string
      readonly revision?: never
      readonly sequenceNr?: never
    }
  | { readonly revision: number; readonly at?: never; readonly sequenceNr?: never }
  | { readonly sequenceNr: number; readonly at?: never; readonly revision?: never }

/** A state and the number of commits it was built from. */
export interface ReadState<State> {
  readonly state: State
  readonly revision: number
}

/** An entry of the audit trail, with the event's `type` and its other fields as `payload`. */
export type AuditEventOf<Event> = Event extends TypedMessage
  ? Omit<AuditEvent, 'type' | 'payload'> & {
      readonly type: Event['type']
      readonly payload: Omit<Event, 'type'>
    }
  : never

/** What `GET` shows: what `view` makes of the state, where there is one. */
type StateOf<Entity extends ServedEntity> = Entity extends { view?(...args: never[]): infer View }
  ? unknown extends View
    ? Entity['initialState']
    : View
  : Entity['initialState']
type EventOf<Entity extends ServedEntity> = Parameters<Entity['onEvent']>[1]
/** As they are sent, without the internal ones, which are not served. */
type CommandOf<Entity extends ServedEntity> = Public<
  SentCommand<Parameters<Entity['onCommand']>[2], NonNullable<Entity['commands']>>,
  NonNullable<Entity['internal']>[number]
>
/** A definition that names no internal commands has the names of all of them as its type. */
type Public<Command extends TypedMessage, Internal> = [Command['type']] extends [Internal]
  ? Command
  : Command extends { readonly type: infer Names }
    ? [Extract<Names, Internal>] extends [never]
      ? Command
      : [Exclude<Names, Internal>] extends [never]
        ? never
        : Command & { readonly type: Exclude<Names, Internal> }
    : never
