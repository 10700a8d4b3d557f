/** Work for one entity, first in first out; what arrives while a batch runs goes into the next batch. */
export interface Mailbox<Item> {
  add(item: Item): void
  /** Resolves when nothing is left. */
  idle(): Promise<void>
}

/**
 * Makes a mailbox. `run` gets 1 to `maxBatch` items, never twice at once, and must not throw; `onIdle` is called when
 * nothing is left.
 */
export function mailbox<Item>(
  maxBatch: number,
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
      waiting.push(item)
      draining ??= drain()
    },
    idle: async () => draining,
  }
}
