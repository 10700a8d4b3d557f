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
export type CommandInput<Command> = Command extends unknown ? Omit<Command, 'replyTo'> : never

/** The reply of a command, derived from its `replyTo`; `void` when it has none. */
export type ReplyOf<Command> = Command extends { readonly replyTo: ActorRef<infer Reply> } ? Reply : void

/** Who sends a command. Its `id` is kept in the commit; the rest is for `onCommand` alone and is not stored. */
export interface Principal {
  /** 1 to 256 characters: `'user-17'`. */
  readonly id: string
  /** Further claims: roles, scopes, a token's claims. */
  readonly [claim: string]: unknown
}
