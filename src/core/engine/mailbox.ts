/** Work for one entity, first in first out; what arrives while a batch runs goes into the next batch. */
export interface Mailbox<Item> {
  /** Items that wait. */
  readonly waiting: () => number
  add(item: Item): void
  /** Resolves when nothing is left. */
  idle(): Promise<void>
}

/**
 * Makes a mailbox. `run` gets 1 to `maxBatch` items, never twice at once, and must not throw; it resolves with items to be
 * run first in the next batch. `onIdle` is called when nothing is left.
 */
export function mailbox<Item>(
  maxBatch: number,
  run: (items: readonly Item[]) => Promise<readonly Item[]>,
  onIdle: () => void,
): Mailbox<Item> {
  let waiting: Item[] = []
  let draining: Promise<void> | undefined

  async function drain(): Promise<void> {
    await Promise.resolve() // commands sent in the same turn belong to one batch
    while (waiting.length > 0) {
      const deferred = await run(waiting.splice(0, maxBatch))
      if (deferred.length > 0) waiting = [...deferred, ...waiting]
    }
    draining = undefined
    onIdle()
  }

  return {
    waiting: () => waiting.length,
    add(item) {
      waiting.push(item)
      draining ??= drain()
    },
    idle: async () => draining,
  }
}
