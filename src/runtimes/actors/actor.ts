import type { EventSourcedBehavior } from '../../core/entity/behaviors.ts'
import { createEngine } from '../../core/engine/engine.ts'
import type { TypedMessage } from '../../core/entity/message.ts'
import { describeEntity } from '../../core/base/entity-key.ts'
import type { TailfoldError } from '../../core/base/errors.ts'
import { entityStopped } from '../../core/base/failures.ts'
import type { Outcome } from '../../core/engine/outcome.ts'
import type { Platform } from '../../core/base/platform.ts'
import { type ActorFailure, isActorFailure, restartWindow, type SupervisionOptions } from './supervision.ts'

/** One entity in this process: takes messages in order, restarts from its journal when a handler fails. */
export interface Actor {
  /** `account/acc-001`. */
  readonly entity: string
  readonly stopped: () => boolean
  /** Carries a command out, after those sent before it. Rejects with `entity-stopped` once the actor has stopped. */
  send(command: TypedMessage, options: SendOptions): Promise<Outcome>
  /** Takes no more messages; resolves when what is under way has ended. */
  stop(why: string): Promise<void>
}

/** What goes with a message. */
export interface SendOptions {
  readonly commandId?: string | undefined
  /** Milliseconds since the Unix epoch after which no attempt begins. */
  readonly deadline?: number | undefined
}

/** Starts an actor. It recovers at its first message, and at the next one again should that fail. */
export function startActor(
  behavior: EventSourcedBehavior<TypedMessage>,
  platform: Platform,
  supervision: SupervisionOptions,
  onFailure: (failure: ActorFailure) => void,
  onEnd: () => void,
): Actor {
  const { definition, entityId, journal } = behavior
  const { entityType } = definition
  const entity = describeEntity({ entityType, entityId })
  const cache = { maxEntries: 1, freshForMs: Number.POSITIVE_INFINITY }
  const engine = createEngine(definition, { journal, platform, cache })
  const afterFailure = restartWindow(platform, supervision)
  let stoppedBecause: string | undefined
  /** While a restart is pending: the messages that wait for it, in order, and what the restart is. */
  let held: Array<() => void> | undefined
  let restart = { restarts: 0, delayMs: 0, cancel: () => {} }

  async function deliver(command: TypedMessage, options: SendOptions): Promise<Outcome> {
    if (stoppedBecause !== undefined) throw entityStopped({ entityType, entityId }, stoppedBecause)
    const { replyTo } = command as { replyTo?: never }
    try {
      const outcome = await engine.execute(entityId, command, { ...options, replyTo })
      if (outcome.kind === 'replied' && outcome.stopped) end('its behavior stopped it')
      return outcome
    } catch (error) {
      if (isActorFailure(error)) restartOrStop(error)
      throw error
    }
  }

  function restartOrStop(error: TailfoldError): void {
    engine.forget(entityId)
    if (stoppedBecause !== undefined) return
    if (held !== undefined) {
      const { restarts, delayMs } = restart
      onFailure({ entity, error, decision: 'restarted', restarts, delayMs })
      return
    }
    const { decision, restarts, delayMs } = afterFailure()
    if (decision === 'stopped') end(`it failed again after ${restarts} restarts (${error.code})`)
    else {
      held = []
      restart = { restarts, delayMs, cancel: platform.schedule(delayMs, release) }
    }
    onFailure({ entity, error, decision, restarts, delayMs })
  }

  function end(why: string): void {
    if (stoppedBecause !== undefined) return
    stoppedBecause = why
    onEnd()
  }

  function release(): void {
    const messages = held ?? []
    held = undefined
    for (const message of messages) message()
  }

  return {
    entity,
    stopped: () => stoppedBecause !== undefined,
    send(command, options) {
      if (held === undefined) return deliver(command, options)
      const waiting = held
      return new Promise((resolve, reject) => {
        waiting.push(() => void deliver(command, options).then(resolve, reject))
      })
    },
    async stop(why) {
      end(why)
      restart.cancel()
      release()
      await engine.idle()
    },
  }
}
