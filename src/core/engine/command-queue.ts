import { describeEntity, type EntityKey } from '../base/entity-key.ts'
import { queueFull } from '../base/failures.ts'
import type { Platform } from '../base/platform.ts'
import { type EndedBatch, type Mailbox, mailbox } from './mailbox.ts'
import type { Outcome } from './outcome.ts'
import type { PendingCommand } from './pending-command.ts'

/** Commands that wait for their turn: one mailbox for each entity, bounded by count and by bytes. */
export interface CommandQueue {
  /** Queues a command, or answers it with `queue-full`. */
  send(entity: EntityKey, pending: PendingCommand, outcome: Promise<Outcome>): void
  /**
   * Counts the bytes of a command that still waits for its schema. Returns what gives them back; throws `queue-full` where
   * there is no room.
   */
  hold(entity: EntityKey, bytes: number): () => void
  /** Entities with commands. */
  readonly size: () => number
  /** Resolves when the commands that are queued now have ended. */
  idle(): Promise<void>
}

/** What bounds a queue. */
export interface QueueLimits {
  readonly platform: Platform
  readonly maxBatch: number
  readonly maxQueue: number
  readonly maxQueueBytes: number
}

/** Starts a queue. `run` carries a batch out, never throws, and resolves with what it leaves to the next one. */
export function commandQueue(
  { platform, maxBatch, maxQueue, maxQueueBytes }: QueueLimits,
  run: (entity: EntityKey, commands: readonly PendingCommand[]) => Promise<readonly PendingCommand[]>,
): CommandQueue {
  const mailboxes = new Map<string, Mailbox<PendingCommand>>()
  let bytes = 0
  /** The last batch of several commands whose entity then had none: callers that were answered come back in a moment. */
  let busiest: { readonly name: string; readonly batch: EndedBatch } | undefined

  /** Takes bytes until they are given back; `undefined` where there is no room. */
  function take(size: number): (() => void) | undefined {
    if (bytes + size > maxQueueBytes) return undefined
    bytes += size
    return () => void (bytes -= size)
  }

  function boxOf(entity: EntityKey): Mailbox<PendingCommand> {
    const name = describeEntity(entity)
    const present = mailboxes.get(name)
    if (present !== undefined) return present
    const box = mailbox<PendingCommand>({
      platform,
      maxBatch,
      last: busiest?.name === name ? busiest.batch : undefined,
      isAnswered: (command) => command.answered(),
      run: (commands) => run(entity, commands),
      onIdle(batch) {
        mailboxes.delete(name)
        if (batch.items > 1) busiest = { name, batch }
      },
    })
    mailboxes.set(name, box)
    return box
  }

  return {
    send(entity, pending, outcome) {
      const waiting = mailboxes.get(describeEntity(entity))?.waiting() ?? 0
      if (waiting >= maxQueue) return pending.answer({ error: queueFull(entity, maxQueue, 'commands') })
      const leave = take(pending.bytes)
      if (leave === undefined) return pending.answer({ error: queueFull(entity, maxQueueBytes, 'bytes') })
      outcome.then(leave, leave)
      // Only now: a mailbox that never runs is never idle.
      boxOf(entity).add(pending)
    },
    hold(entity, size) {
      const leave = take(size)
      if (leave === undefined) throw queueFull(entity, maxQueueBytes, 'bytes')
      return leave
    },
    size: () => mailboxes.size,
    async idle() {
      await Promise.all([...mailboxes.values()].map((box) => box.idle()))
    },
  }
}
