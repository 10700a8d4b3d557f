import type { ActorRef, Named, TypedMessage } from './message.ts'
import type { SchemaInput, SchemaOutput, SchemasByName, StandardSchema } from './schema.ts'

/**
 * The command union that schemas describe, as `onCommand` gets it: the name from the key, the fields as the schema makes
 * them, `replyTo` where there is a schema for the reply. Shape: `type Command = CommandOf<typeof commands, typeof replies>`.
 */
export type CommandOf<Commands extends SchemasByName, Replies extends object = object> = {
  [Name in keyof Commands & string]: Flat<
    { type: Name } & Fields<SchemaOutput<Commands[Name]>> & Answered<Replies, Name>
  >
}[keyof Commands & string]

/**
 * The event union that schemas describe, as it is stored: with the fields that a schema accepts, for a stored event is
 * what `onCommand` persisted. A field with a default is optional. Shape: `type Event = EventOf<typeof events>`.
 */
export type EventOf<Events extends SchemasByName> = {
  [Name in keyof Events & string]: Flat<{ type: Name } & Fields<SchemaInput<Events[Name]>>>
}[keyof Events & string]

/**
 * A command union as callers send it: where it has schemas, with the fields that they accept. A field with a default is
 * optional, and one that is transformed has its type before that. `replyTo` stays.
 */
export type SentCommand<Command extends TypedMessage, Commands> = string extends keyof Commands
  ? Command
  : Command extends { readonly type: infer Name }
    ? Name extends keyof Commands
      ? Flat<{ type: Name } & Fields<SchemaInput<Commands[Name]>> & ReplyToOf<Command>>
      : Command
    : never

/** A schema for each command of a union, which makes its fields without `type` and `replyTo`. */
export type SchemasOf<Command extends TypedMessage> = string extends Command['type']
  ? SchemasByName
  : { readonly [Name in Command['type']]: StandardSchema<unknown, FieldsOf<Command, Name>> }

/** A schema for each event of a union, which accepts nothing but its fields without `type`. */
export type EventSchemasOf<Event extends TypedMessage> = string extends Event['type']
  ? SchemasByName
  : { readonly [Name in Event['type']]: StandardSchema<FieldsOf<Event, Name>, unknown> }

/** A schema for the replies of the commands that have one; not every command needs it. */
export type ReplySchemasOf<Command extends TypedMessage> = string extends Command['type']
  ? SchemasByName
  : { readonly [Name in Command['type']]?: StandardSchema<RepliedBy<Command, Name>, unknown> }

/** Event types as handlers have them or, where they say nothing, as the schemas describe them. */
export type EventsBy<Event extends TypedMessage, Events extends SchemasByName> = [Event] extends [never]
  ? string extends keyof Events
    ? TypedMessage
    : EventOf<Events>
  : Event

/** Command types as handlers have them or, where they say nothing, as the schemas describe them. */
export type CommandsBy<
  Command extends TypedMessage,
  Commands extends SchemasByName,
  Replies extends SchemasByName,
> = [Command] extends [never]
  ? string extends keyof Commands
    ? TypedMessage
    : CommandOf<Commands, Replies>
  : Command

/** Refuses a schema whose name no member of the union has. */
export type NoOthers<
  Schemas extends SchemasByName,
  Message extends TypedMessage,
> = string extends keyof Schemas
  ? unknown
  : { readonly [Name in Exclude<keyof Schemas, Message['type']>]: never }

/** A command without fields: zod types it as `Record<string, never>`, which would forbid `type` as well. */
type Fields<Values> = Values extends Readonly<Record<string, never>> ? unknown : Values
type Answered<Replies, Name> = string extends keyof Replies
  ? unknown
  : Name extends keyof Replies
    ? { replyTo: ActorRef<SchemaInput<Replies[Name]>> }
    : unknown
type ReplyToOf<Command> = { [Field in keyof Command as Extract<Field, 'replyTo'>]: Command[Field] }
type FieldsOf<Message, Name> = Omit<Named<Message, Name>, 'type' | 'replyTo'>
type RepliedBy<Command, Name> =
  Named<Command, Name> extends { readonly replyTo?: ActorRef<infer Reply> | undefined } ? Reply : never
/** One object type in place of an intersection: editors and messages show its fields. */
type Flat<Value> = Value extends unknown ? { [Field in keyof Value]: Value[Field] } : never
