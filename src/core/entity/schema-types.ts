import type { ActorRef, TypedMessage } from './message.ts'
import type { SchemaOutput, SchemasByName, StandardSchema } from './schema.ts'

/**
 * The command union that schemas describe: the name from the key, the fields from the schema, `replyTo` where there is a
 * schema for the reply. Shape: `type Command = CommandOf<typeof commands, typeof replies>`.
 */
export type CommandOf<Commands extends SchemasByName, Replies extends object = object> = {
  [Name in keyof Commands & string]: { type: Name } & Fields<Commands[Name]> &
    (Name extends keyof Replies ? { replyTo: ActorRef<SchemaOutput<Replies[Name]>> } : unknown)
}[keyof Commands & string]

/** The event union that schemas describe. Shape: `type Event = EventOf<typeof events>`. */
export type EventOf<Events extends SchemasByName> = {
  [Name in keyof Events & string]: { type: Name } & Fields<Events[Name]>
}[keyof Events & string]

/** A schema for each member of a union, for its fields without `type` and `replyTo`. */
export type SchemasOf<Message extends TypedMessage> = string extends Message['type']
  ? SchemasByName
  : { readonly [Name in Message['type']]: StandardSchema<unknown, FieldsOf<Message, Name>> }

/** A schema for the replies of the commands that have one; not every command needs it. */
export type ReplySchemasOf<Command extends TypedMessage> = string extends Command['type']
  ? SchemasByName
  : { readonly [Name in Command['type']]?: StandardSchema<unknown, RepliedBy<Command, Name>> }

/** No fields, where there are none: zod has them as `Record<string, never>`, which would forbid `type` as well. */
type Fields<Schema> =
  SchemaOutput<Schema> extends Readonly<Record<string, never>> ? unknown : SchemaOutput<Schema>
type Named<Message, Name> = Extract<Message, { readonly type: Name }>
type FieldsOf<Message, Name> = Omit<Named<Message, Name>, 'type' | 'replyTo'>
type RepliedBy<Command, Name> =
  Named<Command, Name> extends { readonly replyTo: ActorRef<infer Reply> } ? Reply : never
