/** Work for one entity, first in first out; what arrives while a batch runs goes into the next batch. */
export interface Mailbox<Item> {
  /** False, and nothing is added, when `maxWaiting` items wait already. */
  add(item: Item): boolean
  /** Resolves when nothing is left. */
  idle(): Promise<void>
}

/** How much goes at once, and how much may wait. */
export interface MailboxLimits {
  readonly maxBatch: number
  readonly maxWaiting: number
}

/**
 * Makes a mailbox. `run` gets 1 to `maxBatch` items, never twice at once, and must not throw; `onIdle` is called when
 * nothing is left.
 */
export function mailbox<Item>(
  { maxBatch, maxWaiting }: MailboxLimits,
  run: (items: readonly Item[]) => Promise<void>,
  onIdle: () => void,
): Mailbox<Item> {
  const waiting: Item[] = []
  let draining: Promise<void> | undefined

  async function drain(): Promise<void> {
    await Promise.resolve() // commands sent in the same turn belong to one batch
    while (waiting.length > 0) await run(waiting.splice(0, maxBatch))
    draining = undefined
    onIdle()
  }

  return {
    add(item) {
      if (waiting.length >= maxWaiting) return false
      waiting.push(item)
      draining ??= drain()
      return true
    },
    idle: async () => draining,
  }
}
