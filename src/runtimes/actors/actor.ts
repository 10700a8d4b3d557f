import { describeEntity, type EntityKey } from '../../core/base/entity-key.ts'
import type { TailfoldError } from '../../core/base/errors.ts'
import { entityStopped } from '../../core/base/failures.ts'
import type { Platform } from '../../core/base/platform.ts'
import type { Engine } from '../../core/engine/contract.ts'
import type { Outcome } from '../../core/engine/outcome.ts'
import type { SelfCalls } from '../../core/engine/self-calls.ts'
import type { AnyBehavior } from './any-behavior.ts'
import { consequences } from './consequences.ts'
import { deliver } from './delivery.ts'
import type { ActorFailure } from './failure.ts'
import { inbox } from './inbox.ts'
import type { Message } from './message.ts'
import type { Supervisor } from './supervision.ts'

/** One entity in this process: takes messages in order, restarts from its journal when a handler fails. */
export interface Actor {
  readonly key: EntityKey
  /** `account/acc-001`. */
  readonly entity: string
  /** Carries a command out, after those sent before it. Rejects with `entity-stopped` once the actor takes no more. */
  send(message: Message): Promise<Outcome>
  /**
   * Takes no more messages; resolves when those sent before have ended. It does not wait for a restart, nor for the
   * handler that it is called from.
   */
  stop(why: string): Promise<void>
  /** Drops an idle actor's state; the journal has it. False, and nothing happens, while its restarts are counted. */
  passivate(): boolean
  /** True when it left memory without being stopped: its next message goes to a new actor. */
  passivated(): boolean
}

/** What an actor gets from its system. */
export interface ActorOptions {
  readonly platform: Platform
  readonly engine: Engine
  readonly calls: SelfCalls
  readonly supervisor: Supervisor
  readonly report: (failure: ActorFailure) => void
  /** Called when messages wait, and when none is left. */
  readonly onBusy: () => void
  readonly onIdle: () => void
  /** Called once, when it takes no more messages. */
  readonly onEnd: () => void
}

/** Messages handed to the engine together, so that they share a commit. */
const groupSize = 64

/** Starts an actor. It recovers at its first message, and at the next one again should that fail. */
export function startActor(behavior: AnyBehavior, options: ActorOptions): Actor {
  const { engine, calls, supervisor, report, onBusy, onIdle, onEnd } = options
  const { entityId } = behavior
  const key = { entityType: behavior.definition.entityType, entityId }
  const entity = describeEntity(key)
  let closedBecause: string | undefined
  let passivated = false

  const delivery = { engine, key, onStopped: () => end('its behavior stopped it'), onFailure: failed }
  const messages = inbox({
    platform: options.platform,
    // Nothing behind a fatal failure may be carried out.
    groupSize: () => (supervisor.nextStops() ? 1 : groupSize),
    carryOut: (group) => deliver(group, delivery),
    onIdle: () => (closedBecause === undefined ? onIdle() : engine.forget(entityId)),
  })
  const consequenceOf = consequences({ supervisor, messages, closedBecause: () => closedBecause, end })

  function failed(error: TailfoldError): void {
    engine.forget(entityId)
    report({ entity, error, ...consequenceOf(error) })
  }

  function close(why: string): void {
    if (closedBecause !== undefined) return
    closedBecause = why
    onEnd()
  }

  /** Takes no more messages and carries out none of those that wait. */
  function end(why: string): void {
    close(why)
    messages.fail(() => entityStopped(key, why))
  }

  return {
    key,
    entity,
    send(message) {
      if (closedBecause !== undefined) return Promise.reject(entityStopped(key, closedBecause))
      onBusy()
      return messages.add(message)
    },
    stop(why) {
      close(why)
      if (messages.paused()) end(why)
      return calls.within(key) ? Promise.resolve() : messages.idle()
    },
    passivate() {
      if (supervisor.restarts() > 0) return false
      passivated = true
      close('it was passivated')
      engine.forget(entityId)
      return true
    },
    passivated: () => passivated,
  }
}
