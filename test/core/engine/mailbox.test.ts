// oxlint-disable unicorn/no-thenable -- one test takes the place of a request that has ended
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { systemPlatform } from '../../../src/platform.ts'
import { mailbox } from '../../../src/core/engine/mailbox.ts'

/** A clock that is moved by hand. */
function manualClock() {
  let now = 0
  let timers: { readonly at: number; readonly callback: () => void }[] = []
  return {
    now: () => now,
    schedule(ms: number, callback: () => void) {
      timers.push({ at: now + ms, callback })
      return () => {}
    },
    pass(ms: number) {
      now += ms
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { callback } of due) callback()
    },
  }
}

/** A mailbox that records its batches and where they ran; each ends when it is let go. */
function open(maxBatch = 2, defers: (item: number) => boolean = () => false) {
  const requests = new AsyncLocalStorage<string>()
  const batches: { readonly items: readonly number[]; readonly request: string | undefined }[] = []
  let end = () => {}
  const clock = manualClock()
  const answered = new Set<number>()
  const box = mailbox<number>({
    platform: { ...systemPlatform, ...clock },
    maxBatch,
    last: undefined,
    isAnswered: (item) => answered.has(item),
    run: async (items) => {
      batches.push({ items, request: requests.getStore() })
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return items.filter(defers)
    },
    onIdle: () => {},
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    box,
    batches,
    add: (request: string, item: number) => requests.run(request, () => box.add(item)),
    /** Answers the batch, at which its sender adds more. */
    async endBatch(tookMs = 0, again: readonly number[] = []) {
      clock.pass(tookMs)
      for (const item of batches.at(-1)?.items ?? []) answered.add(item)
      for (const item of again) box.add(item)
      end()
      await turn()
    },
    async pass(ms: number) {
      clock.pass(ms)
      await turn()
    },
    turn,
  }
}

describe('a mailbox', () => {
  test('runs a batch where its first item was added, not where an earlier batch ran', async () => {
    const { add, batches, endBatch, turn } = open()
    add('A', 1)
    await turn()
    add('B', 2)
    add('C', 3)
    add('D', 4)
    await endBatch()
    await endBatch()
    expect(batches).toEqual([
      { items: [1], request: 'A' },
      { items: [2, 3], request: 'B' },
      { items: [4], request: 'D' },
    ])
  })

  test('runs what was added in one turn as one batch, and becomes idle', async () => {
    const { box, add, batches, endBatch, turn } = open(10)
    for (const item of [1, 2, 3]) add('A', item)
    await turn()
    const idle = box.idle()
    await endBatch()
    expect(await idle).toBeUndefined()
    expect(batches.map(({ items }) => items)).toEqual([[1, 2, 3]])
    await box.idle()
  })

  test('runs deferred items first in the next batch, again and again', async () => {
    let left = 3
    const { add, batches, endBatch, turn } = open(2, (item) => item === 1 && left-- > 0)
    add('A', 1)
    add('B', 2)
    add('C', 3)
    await turn()
    for (let batch = 0; batch < 4; batch++) await endBatch()
    expect(batches.map(({ items }) => items)).toEqual([[1, 2], [1, 3], [1], [1]])
  })

  test('waits after a batch for those whose items it had, beside those that wait', async () => {
    const { add, batches, endBatch, turn } = open(10)
    for (const item of [1, 2]) add('A', item)
    await turn()
    add('B', 3)
    await endBatch(4)
    add('C', 4)
    await turn()
    expect(batches).toHaveLength(1)
    add('D', 5)
    await turn()
    expect(batches[1]).toEqual({ items: [3, 4, 5], request: 'D' })
  })

  test('does not wait for senders that have sent again', async () => {
    const { add, batches, endBatch, turn } = open(10)
    for (const item of [1, 2]) add('A', item)
    await turn()
    await endBatch(100, [3, 4])
    expect(batches[1]?.items).toEqual([3, 4])
    const alone = open(10)
    alone.add('A', 1)
    await alone.turn()
    await alone.endBatch(100, [2])
    expect(alone.batches[1]?.items).toEqual([2])
  })

  test('waits until none has come for a millisecond', async () => {
    const { add, batches, endBatch, pass, turn } = open(10)
    for (const item of [1, 2, 3]) add('A', item)
    await turn()
    add('B', 4)
    await endBatch(9)
    await pass(0.75)
    add('C', 5)
    await turn()
    await pass(0.75)
    expect(batches).toHaveLength(1)
    await pass(0.25)
    expect(batches[1]).toEqual({ items: [4, 5], request: 'C' })
  })

  test('waits no longer than the last batch took', async () => {
    const { add, batches, endBatch, pass, turn } = open(10)
    for (const item of [1, 2, 3, 4, 5, 6]) add('A', item)
    await turn()
    add('B', 7)
    await endBatch(2)
    for (const item of [8, 9]) {
      await pass(0.75)
      add('C', item)
      await turn()
    }
    await pass(0.5)
    expect(batches).toHaveLength(1)
    add('D', 10)
    await turn()
    expect(batches[1]).toEqual({ items: [7, 8, 9, 10], request: 'D' })
  })

  test('does not wait after a batch of one, or one that took less than 2 ms', async () => {
    for (const [items, tookMs] of [
      [[1], 100],
      [[1, 2], 1],
    ] as const) {
      const { add, batches, endBatch, pass, turn } = open(10)
      for (const item of items) add('A', item)
      await turn()
      await endBatch(tookMs)
      add('B', 9)
      await pass(0)
      expect(batches[1]).toEqual({ items: [9], request: 'B' })
    }
  })

  test('lets a later item go on where the request of the next one has ended', async () => {
    const { box, add, batches, endBatch, turn } = open()
    add('A', 1)
    await turn()
    // On Workers what waits in a request that ended never runs.
    const realThen = Promise.prototype.then
    Promise.prototype.then = function dead(this: Promise<unknown>, ...args: Parameters<typeof realThen>) {
      Promise.prototype.then = realThen
      void args
      return new Promise(() => {})
    } as typeof realThen
    add('gone', 2)
    await endBatch()
    expect(batches).toHaveLength(1)
    add('C', 3)
    await turn()
    expect(batches[1]).toEqual({ items: [2, 3], request: 'C' })
    await endBatch()
    await box.idle()
  })
})
