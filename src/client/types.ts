import type { CommandInput, ReplyOf, TypedMessage } from '../core/entity/message.ts'
import type { App, ServedEntity } from '../http/app.ts'
import type { AuditEvent } from '../http/routes/events.ts'
import type { CallOptions, CommandOptions, EventsOptions } from './options.ts'

/** The entities of an app by their types: `bank.account('acc-001')`. */
export type Client<Served extends Pick<App, 'entities'>> = {
  readonly [Entity in Served['entities'][number] as Entity['entityType']]: (
    /** 1 to 512 bytes. `TypeError` on an empty one, `.` and `..`: no URL can name those. */
    entityId: string,
  ) => EntityClient<StateOf<Entity>, EventOf<Entity>, CommandOf<Entity>>
}

/** One entity behind HTTP. Every call rejects with a {@link ClientError} when there is no answer to give. */
export interface EntityClient<State, Event, Command extends TypedMessage> {
  /**
   * Sends a command, without its `replyTo`, and resolves with the reply once it is durable: `undefined` when there is
   * none. A 503, a lost connection and an answer that does not come are retried under one idempotency key.
   */
  ask<Name extends Command['type']>(
    command: { type: Name } & CommandInput<Extract<Command, { type: Name }>>,
    options?: CommandOptions,
  ): Promise<ReplyOf<Extract<Command, { type: Name }>>>
  /** As `ask`, for who wants no reply: resolves once the command is durable. */
  tell<Name extends Command['type']>(
    command: { type: Name } & CommandInput<Extract<Command, { type: Name }>>,
    options?: CommandOptions,
  ): Promise<void>
  /** The state now or in the past; `entity-not-found` when nothing had been written. */
  state(options?: PastState & CallOptions): Promise<State>
  /** The state with its revision, to be demanded of a command by `ifMatch`. */
  read(options?: PastState & CallOptions): Promise<ReadState<State>>
  /** The audit trail, oldest event first; the next page is fetched when it is reached. */
  events(options?: EventsOptions): AsyncIterable<AuditEventOf<Event>>
}

/** A point in the past; none of them means now. */
export type PastState =
  | { readonly at?: never; readonly revision?: never; readonly sequenceNr?: never }
  | {
      /** A text is ISO 8601. */ readonly at: Date | string
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

type StateOf<Entity extends ServedEntity> = Entity['initialState']
type EventOf<Entity extends ServedEntity> = Parameters<Entity['onEvent']>[1]
type CommandOf<Entity extends ServedEntity> = Parameters<Entity['onCommand']>[2]
