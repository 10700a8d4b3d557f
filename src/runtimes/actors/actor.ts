import type { EventSourcedBehavior } from '../../core/behavior.ts'
import { createEngine } from '../../core/engine.ts'
import type { EntityTyped } from '../../core/entity.ts'
import { describeEntity } from '../../core/entity-key.ts'
import { TailfoldError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { Platform } from '../../core/platform.ts'
import { type ActorFailure, isActorFailure, restartWindow, type SupervisionOptions } from './supervision.ts'

/** One entity in this process: takes messages in order, restarts from its journal when a handler fails. */
export interface Actor {
  /** `account/acc-001`. */
  readonly entity: string
  readonly stopped: () => boolean
  /** Carries a command out, after those sent before it. Rejects with `entity-stopped` once the actor has stopped. */
  send(command: EntityTyped, options: SendOptions): Promise<Outcome>
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
  behavior: EventSourcedBehavior<EntityTyped>,
  platform: Platform,
  supervision: SupervisionOptions,
  onFailure: (failure: ActorFailure) => void,
): Actor {
  const { definition, entityId, journal } = behavior
  const entity = describeEntity({ entityType: definition.entityType, entityId })
  const cache = { maxEntries: 1, freshForMs: Number.POSITIVE_INFINITY }
  const engine = createEngine(definition, { journal, platform, cache })
  const afterFailure = restartWindow(platform, supervision)
  let stoppedBecause: string | undefined
  /** While a restart is pending: the messages that wait for it, in order. */
  let held: Array<() => void> | undefined

  async function deliver(command: EntityTyped, options: SendOptions): Promise<Outcome> {
    if (stoppedBecause !== undefined) throw entityStopped(entity, stoppedBecause)
    const { replyTo } = command as { replyTo?: never }
    try {
      const outcome = await engine.execute(entityId, command, { ...options, replyTo })
      if (outcome.kind === 'replied' && outcome.stopped) stoppedBecause ??= 'its behavior stopped it'
      return outcome
    } catch (error) {
      if (isActorFailure(error)) restartOrStop(error)
      throw error
    }
  }

  function restartOrStop(error: TailfoldError): void {
    engine.forget(entityId)
    if (stoppedBecause !== undefined || held !== undefined) return
    const { decision, restarts, delayMs } = afterFailure()
    if (decision === 'stopped') stoppedBecause = `it failed again after ${restarts} restarts (${error.code})`
    else {
      held = []
      platform.schedule(delayMs, release)
    }
    onFailure({ entity, error, decision, restarts, delayMs })
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
      stoppedBecause ??= why
      release()
      await engine.idle()
    },
  }
}

function entityStopped(entity: string, why: string): TailfoldError {
  return new TailfoldError('entity-stopped', `${entity} is stopped: ${why}. Spawn it again to go on.`, {
    entity,
    why,
  })
}
