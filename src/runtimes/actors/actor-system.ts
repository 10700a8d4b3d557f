// For whoever compiles without the types of Node.js.
/// <reference lib="esnext.disposable" preserve="true" />
import type { EventSourcedBehavior } from '../../core/entity/behaviors.ts'
import type { ActorRef, NamedInput, NamedReply, TypedMessage } from '../../core/entity/message.ts'
import type { Platform } from '../../core/base/platform.ts'
import { systemPlatform } from '../../platform.ts'
import { sameEntity, untyped } from './any-behavior.ts'
import { checkBehavior, checkName, checkRef } from './arguments.ts'
import { ask, type AskOptions, checkAskOptions } from './ask.ts'
import { assemble, type SystemParts } from './assembly.ts'
import { systemStopped } from './failure.ts'
import { type ActorSystemOptions, checkSystemOptions } from './options.ts'
import type { Member } from './registry.ts'

/**
 * Entities as actors in one process: each takes its messages in order, keeps its state warm and recovers from its
 * journal. Other processes may use the same journal at the same time; the conditional write keeps all of them right.
 *
 * Owns what it spawns: `await using system = new ActorSystem({ name: 'bank' })` stops it all, or call `stop()`.
 */
export class ActorSystem implements AsyncDisposable {
  readonly name: string
  readonly #platform: Platform
  readonly #parts: SystemParts
  readonly #members = new WeakMap<object, Member>()
  #stopped = false

  /** Throws `TypeError` on options that cannot work. */
  constructor(options: ActorSystemOptions) {
    checkSystemOptions(options)
    this.name = options.name
    this.#platform = options.platform ?? systemPlatform
    this.#parts = assemble(this.#platform, options)
  }

  /** Actors in memory: spawned, neither stopped nor passivated. */
  get size(): number {
    return this.#parts.actors.size()
  }

  /**
   * Starts an entity under a name that is free, and returns where to send its commands. It recovers at its first message.
   * Throws `TypeError` when the name is taken and `entity-stopped` when the system has been stopped.
   */
  spawn<Command extends TypedMessage>(
    behavior: EventSourcedBehavior<Command>,
    name: string,
  ): ActorRef<Command> {
    checkName(name)
    if (this.#parts.actors.named(name) !== undefined) throw this.#nameTaken(name)
    return this.#start(behavior, name)
  }

  /**
   * Returns the actor in memory under this name, or spawns it. Throws as `spawn`; the name is taken when it stands for
   * another entity, or for one in another journal.
   */
  getOrSpawn<Command extends TypedMessage>(
    behavior: EventSourcedBehavior<Command>,
    name: string,
  ): ActorRef<Command> {
    checkName(name)
    const found = this.#parts.actors.named(name)
    if (found === undefined) return this.#start(behavior, name)
    checkBehavior(behavior)
    if (!sameEntity(found.behavior, untyped(behavior))) throw this.#nameTaken(name)
    return found.ref
  }

  /**
   * The actor in memory under this name; `undefined` if it is not in memory, also after it was passivated or stopped.
   * `Command` is not checked: name the commands of the behavior that was spawned.
   */
  lookup<Command extends TypedMessage>(name: string): ActorRef<Command> | undefined {
    checkName(name)
    return this.#parts.actors.named(name)?.ref
  }

  /** Sends a command and does not wait. What goes wrong is reported to `supervision.onFailure`. */
  tell<Command extends TypedMessage>(ref: ActorRef<Command>, command: Command): void {
    checkRef('tell', ref)
    ref.tell(command)
  }

  /**
   * Sends a command and resolves with its reply, typed by the command's `replyTo` (`undefined` when it has none), after
   * it is durable. Rejects with a `TailfoldError`: what went wrong, `rejected` for a rejection, or `ask-timeout`; with a
   * `TypeError` for a reference of another system and a time-out that is not a number from 0 on.
   *
   * @param timeout Milliseconds to wait, or {@link AskOptions}.
   */
  async ask<Command extends TypedMessage, Name extends Command['type']>(
    ref: ActorRef<Command>,
    command: NamedInput<Command, Name>,
    timeout: number | AskOptions,
  ): Promise<NamedReply<Command, Name>> {
    const member = this.#memberOf('ask', ref)
    const options = checkAskOptions(timeout)
    const { actors, calls } = this.#parts
    const actor = actors.actorOf(member)
    calls.check(actor.key)
    const reply = await ask(this.#platform, actor, command, options)
    return reply as NamedReply<Command, Name>
  }

  /**
   * Takes no more messages; resolves when those sent before have been carried out. With a reference it stops that actor
   * alone, and frees its name at once. May be called again. It waits neither for a pending restart, so that messages
   * behind it fail with `entity-stopped`, nor for the handler that it is called from.
   */
  stop(): Promise<void>
  stop<Command extends TypedMessage>(ref: ActorRef<Command>): Promise<void>
  async stop(...refs: readonly ActorRef<never>[]): Promise<void> {
    const { actors, engines, calls } = this.#parts
    // Not `undefined`: that may be a name nobody has, and must not stop everything.
    if (refs.length > 0) {
      await actors.actorOf(this.#memberOf('stop', refs[0])).stop('it was stopped from outside')
      return
    }
    this.#stopped = true
    await actors.stopAll(`the system ${this.name} was stopped`)
    if (!calls.within()) await engines.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #start<Command extends TypedMessage>(
    behavior: EventSourcedBehavior<Command>,
    name: string,
  ): ActorRef<Command> {
    checkBehavior(behavior)
    if (this.#stopped) throw systemStopped(this.name, name)
    const member = this.#parts.actors.add(untyped(behavior), name)
    this.#members.set(member.ref, member)
    return member.ref
  }

  #memberOf(method: string, ref: object | undefined): Member {
    const member = this.#members.get(checkRef(method, ref))
    if (member !== undefined) return member
    throw new TypeError(`ref of ${method} must be a reference that this system spawned.`)
  }

  #nameTaken(name: string): TypeError {
    return new TypeError(
      `The name ${JSON.stringify(name)} is taken in the system ${JSON.stringify(this.name)}.`,
    )
  }
}
