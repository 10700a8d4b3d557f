import { type Platform, sleep } from '../base/platform.ts'

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

/** A batch that ended. Times in milliseconds. */
export interface EndedBatch {
  /** The most items that were unanswered at a time: those of the batch, and those that waited meanwhile. */
  readonly items: number
  readonly tookMs: number
  readonly endedAt: number
}

/** What a mailbox is made with. */
export interface MailboxOptions<Item> {
  readonly platform: Platform
  readonly maxBatch: number
  /** The last batch of an earlier mailbox of the same entity. */
  readonly last: EndedBatch | undefined
  readonly isAnswered: (item: Item) => boolean
  readonly run: (items: readonly Item[]) => Promise<readonly Item[]>
  readonly onIdle: (last: EndedBatch) => void
}

/** A batch waits for more items until none has come for this long. */
const silenceMs = 1
/** After a batch that took less, waiting would take longer than it saves. */
const leastBatchMs = 2

/**
 * Makes a mailbox. `run` gets 1 to `maxBatch` items, never twice at once, and must not throw; it resolves with items to be
 * run first in the next batch. `onIdle` is called when nothing is left.
 *
 * After a batch the next one waits for those whose items it had: they were just answered, and most send again. Otherwise they
 * split into groups, each of which waits for the batches of the others. It waits no longer than the last batch took.
 *
 * A batch runs in the async context of whoever added its first item, or its newest where it waited: on Workers, what one
 * request began ends with its answer, so no request may carry out the commands of others that came after it.
 */
export function mailbox<Item>(options: MailboxOptions<Item>): Mailbox<Item> {
  const { platform, maxBatch, isAnswered, run, onIdle } = options
  const senders = senderCount(isAnswered)
  let { last } = options
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
      return woken === entry ? runNext(entry) : undefined
    })
  }

  async function runNext(leader: Waiting<Item>): Promise<void> {
    if (waiting.length < maxBatch && mayGrow(last, waiting.length, platform.now()))
      await sleep(platform, silenceMs)
    // What was added meanwhile leads.
    if (woken !== leader) return
    woken = undefined
    const startedAt = platform.now()
    const batch = waiting.splice(0, maxBatch)
    const items = batch.map(({ item }) => item)
    senders.begin(items, waiting.length)
    const deferred = await run(items)
    const endedAt = platform.now()
    if (deferred.length > 0) waiting = [...batch.filter(({ item }) => deferred.includes(item)), ...waiting]
    last = { items: senders.end(), tookMs: endedAt - startedAt, endedAt }
    const [next] = waiting
    if (next !== undefined) return lead(next)
    isRunning = false
    onIdle(last)
    for (const resolve of whenIdle.splice(0)) resolve()
  }

  return {
    waiting: () => waiting.length,
    add(item) {
      const entry: Waiting<Item> = { item, wake: () => {} }
      waiting.push(entry)
      senders.add(waiting.length)
      awaitTurn(entry)
      if (isRunning && woken === undefined) return
      isRunning = true
      // It begins later: commands sent in the same turn belong to one batch.
      lead(entry)
    },
    idle: () => (isRunning ? new Promise((resolve) => whenIdle.push(resolve)) : Promise.resolve()),
  }
}

/** Counts the senders of items by the most that are unanswered at a time. One who is answered and sends again counts once. */
function senderCount<Item>(isAnswered: (item: Item) => boolean) {
  let batch: readonly Item[] = []
  let most = 0
  return {
    begin(items: readonly Item[], waiting: number): void {
      batch = items
      most = items.length + waiting
    },
    add(waiting: number): void {
      const [first] = batch
      if (first !== undefined && !isAnswered(first)) most = Math.max(most, batch.length + waiting)
    },
    end(): number {
      batch = []
      return most
    },
  }
}

/** Whether those whose items the last batch had may send more, beside so many that wait. */
function mayGrow(last: EndedBatch | undefined, waiting: number, now: number): boolean {
  if (last === undefined || last.tookMs < leastBatchMs) return false
  return waiting < last.items && now - last.endedAt < last.tookMs
}
