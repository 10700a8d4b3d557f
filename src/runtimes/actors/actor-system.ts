import type { ActorRef } from '../../core/entity/message.ts'
import type { EventSourcedBehavior } from '../../core/entity/behaviors.ts'
import type { CommandInput, TypedMessage, ReplyOf } from '../../core/entity/message.ts'
import { isTailfoldError, TailfoldError } from '../../core/base/errors.ts'
import { type Platform, withTimeout } from '../../core/base/platform.ts'
import { systemPlatform } from '../../platform.ts'
import { type Actor, startActor } from './actor.ts'
import { type ActorFailure, isActorFailure, reportFailure, type SupervisionOptions } from './supervision.ts'

/** Options of {@link ActorSystem}. */
export interface ActorSystemOptions {
  /** Names the system in messages: `'bank'`. */
  readonly name: string
  readonly supervision?: SupervisionOptions
  /** Time and randomness. Default: the real ones. */
  readonly platform?: Platform
}

/** What an asker may say besides its patience. */
export interface AskOptions {
  /** Milliseconds to wait for the reply; afterwards `ask-timeout`, and the command may still be carried out. */
  readonly timeoutMs: number
  /** Idempotency key: the same id is carried out once, whoever asks how often. */
  readonly commandId?: string
}

/**
 * Entities as actors in one process: each takes its messages in order, keeps its state warm and recovers from its
 * journal. Other processes may use the same journal at the same time; the conditional write keeps all of them right.
 *
 * Owns what it spawns: `await using system = new ActorSystem({ name: 'bank' })` stops it all, or call `stop()`.
 */
export class ActorSystem implements AsyncDisposable {
  readonly name: string
  readonly #platform: Platform
  readonly #supervision: SupervisionOptions
  readonly #onFailure: (failure: ActorFailure) => void
  readonly #actors = new Map<string, Actor>()
  readonly #actorOf = new WeakMap<object, Actor>()
  #stopped = false

  constructor({ name, supervision = {}, platform = systemPlatform }: ActorSystemOptions) {
    this.name = name
    this.#platform = platform
    this.#supervision = supervision
    this.#onFailure = supervision.onFailure ?? reportFailure
  }

  /**
   * Starts an entity under a name that is free, and returns where to send its commands.
   * Throws `TypeError` when the name is taken and `entity-stopped` when the system has been stopped.
   */
  spawn<Command extends TypedMessage>(
    behavior: EventSourcedBehavior<Command>,
    name: string,
  ): ActorRef<Command> {
    if (this.#stopped) throw systemStopped(this.name, name)
    if (this.#actors.has(name)) {
      throw new TypeError(
        `The name ${JSON.stringify(name)} is taken in the system ${JSON.stringify(this.name)}.`,
      )
    }
    const untyped = behavior as unknown as EventSourcedBehavior<TypedMessage>
    const actor = startActor(untyped, this.#platform, this.#supervision, this.#onFailure, () => {
      if (this.#actors.get(name) === actor) this.#actors.delete(name)
    })
    this.#actors.set(name, actor)
    const ref = { tell: (command: Command) => this.#tell(actor, command) }
    this.#actorOf.set(ref, actor)
    return ref
  }

  /** Sends a command and does not wait. What goes wrong is reported to `supervision.onFailure`. */
  tell<Command extends TypedMessage>(ref: ActorRef<Command>, command: Command): void {
    ref.tell(command)
  }

  /**
   * Sends a command and resolves with its reply, typed by the command's `replyTo` (`undefined` when it has none), after
   * it is durable. Rejects with a `TailfoldError`: what went wrong, `rejected` for a refusal, or `ask-timeout`.
   *
   * @param patience Milliseconds, or {@link AskOptions}.
   */
  async ask<Command extends TypedMessage, Name extends Command['type']>(
    ref: ActorRef<Command>,
    command: { type: Name } & CommandInput<Extract<Command, { type: Name }>>,
    patience: number | AskOptions,
  ): Promise<ReplyOf<Extract<Command, { type: Name }>>> {
    const actor = this.#actorOf.get(ref)
    if (actor === undefined) throw new TypeError('ask takes a reference that this system spawned.')
    const { timeoutMs, commandId } = typeof patience === 'number' ? { timeoutMs: patience } : patience
    const deadline = this.#platform.now() + timeoutMs
    const answer = actor.send(command, { commandId, deadline })
    const outcome = await withTimeout(this.#platform, timeoutMs, answer, () =>
      askTimeout(actor.entity, timeoutMs),
    )
    if (outcome.kind === 'rejected') throw rejected(actor.entity, outcome)
    return outcome.reply as ReplyOf<Extract<Command, { type: Name }>>
  }

  /** Takes no more messages; resolves when all that is under way has ended. May be called again. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(
      [...this.#actors.values()].map((actor) => actor.stop(`the system ${this.name} was stopped`)),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #tell(actor: Actor, command: TypedMessage): void {
    const report = (error: unknown) => {
      if (!isTailfoldError(error)) throw error
      if (isActorFailure(error)) return
      this.#onFailure({ entity: actor.entity, error, decision: 'resumed', restarts: 0, delayMs: 0 })
    }
    actor.send(command, {}).then((outcome) => {
      if (outcome.kind === 'rejected') report(rejected(actor.entity, outcome))
    }, report)
  }
}

function rejected(
  entity: string,
  outcome: { reason: string; details: unknown; revision: number },
): TailfoldError {
  const { reason, details, revision } = outcome
  return new TailfoldError('rejected', `${entity} refused the command: ${reason}.`, {
    entity,
    reason,
    details,
    revision,
  })
}

function askTimeout(entity: string, timeoutMs: number): TailfoldError {
  return new TailfoldError(
    'ask-timeout',
    `${entity} did not answer within ${timeoutMs} ms. The command may still be carried out; ask again with the same command id to learn.`,
    { entity, timeoutMs },
  )
}

function systemStopped(system: string, entity: string): TailfoldError {
  const why = `the system ${system} was stopped`
  return new TailfoldError('entity-stopped', `${entity} cannot be spawned: ${why}.`, { entity, why })
}
