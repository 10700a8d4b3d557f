/** An event or a command. Both are discriminated unions: every member carries its name in `type`. */
export interface TypedMessage {
  readonly type: string
}

/**
 * Where a message can be sent. In a command it is the address of the reply; the runtime supplies it.
 * Inside `onCommand`, messages are held back until the commit is durable and dropped if the attempt is abandoned.
 * The first message is the reply; it is what a command id records.
 */
export interface ActorRef<Message> {
  tell(message: Message): void
}

/** The command union without the reply addresses: what a caller sends. */
export type CommandInput<Command> = Command extends unknown
  ? { [Field in keyof Command as Exclude<Field, 'replyTo'>]: Command[Field] }
  : never

/** The reply of a command, derived from its `replyTo`: also `undefined` when that is optional, `void` without one. */
export type ReplyOf<Command> = Command extends { readonly replyTo: ActorRef<infer Reply> }
  ? Reply
  : Command extends { readonly replyTo?: infer To }
    ? 'replyTo' extends keyof Command
      ? ReplyOf<{ readonly replyTo: Exclude<To, undefined> }> | undefined
      : void
    : void

/** The members of a union that may have this name. Shape: `{ type: 'Open' | 'Close' }` is found under both. */
export type Named<Message, Name> = Message extends { readonly type: infer Names }
  ? Name extends Names
    ? Message
    : never
  : never

/** The command of this name as a caller sends it: its `type` is the name itself, and there is no `replyTo`. */
export type NamedInput<Command, Name> = { readonly type: Name } & CommandInput<Named<Command, Name>>

/** The reply to the command of this name; `unknown` where commands are any. */
export type NamedReply<Command extends TypedMessage, Name> = string extends Command['type']
  ? unknown
  : ReplyOf<Named<Command, Name>>

/** Who sends a command. Its `id` is kept in the commit; the rest is for `onCommand` alone and is not stored. */
export interface Principal {
  /** 1 to 256 characters: `'user-17'`. */
  readonly id: string
  /** Further claims: roles, scopes, a token's claims. */
  readonly [claim: string]: unknown
}
