/** Work for one entity, first in first out; what arrives while a batch runs goes into the next batch. */
export interface Mailbox<Item> {
  /** Items that wait. */
  readonly waiting: () => number
  add(item: Item): void
  /** Resolves when nothing is left. */
  idle(): Promise<void>
}

interface Waiting<Item> {
  readonly item: Item
  /** Lets whoever added the item run the next batch. */
  wake: () => void
}

/**
 * Makes a mailbox. `run` gets 1 to `maxBatch` items, never twice at once, and must not throw; it resolves with items to be
 * run first in the next batch. `onIdle` is called when nothing is left.
 *
 * A batch runs in the async context of whoever added its first item: on Workers, what one request began ends with its
 * answer, so no request may carry out the commands of others that came after it.
 */
export function mailbox<Item>(
  maxBatch: number,
  run: (items: readonly Item[]) => Promise<readonly Item[]>,
  onIdle: () => void,
): Mailbox<Item> {
  let waiting: Waiting<Item>[] = []
  let isRunning = false
  /** Woken to run the next batch, and has not begun to. */
  let woken: Waiting<Item> | undefined
  let whenIdle: (() => void)[] = []

  /** Lets an item lead the next batch, instead of one that was woken before: its request may have ended meanwhile. */
  function lead(entry: Waiting<Item>): void {
    woken = entry
    entry.wake()
  }

  /** Call it in the async context that added the item: the batch that it starts runs there. */
  function awaitTurn(entry: Waiting<Item>): void {
    const turn = new Promise<void>((resolve) => {
      entry.wake = resolve
    })
    void turn.then(() => {
      // It may have to lead once more, for a batch that it is not part of.
      awaitTurn(entry)
      return woken === entry ? runNext() : undefined
    })
  }

  async function runNext(): Promise<void> {
    woken = undefined
    const batch = waiting.splice(0, maxBatch)
    const deferred = new Set(await run(batch.map(({ item }) => item)))
    if (deferred.size > 0) waiting = [...batch.filter(({ item }) => deferred.has(item)), ...waiting]
    const [next] = waiting
    if (next !== undefined) return lead(next)
    isRunning = false
    onIdle()
    for (const resolve of whenIdle.splice(0)) resolve()
  }

  return {
    waiting: () => waiting.length,
    add(item) {
      const entry: Waiting<Item> = { item, wake: () => {} }
      waiting.push(entry)
      awaitTurn(entry)
      if (isRunning && woken === undefined) return
      isRunning = true
      // It begins later: commands sent in the same turn belong to one batch.
      lead(entry)
    },
    idle: () => (isRunning ? new Promise((resolve) => whenIdle.push(resolve)) : Promise.resolve()),
  }
}
