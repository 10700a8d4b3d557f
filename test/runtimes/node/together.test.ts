import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { together } from '../../../src/runtimes/node/together.ts'

const clients = [new Socket(), new Socket(), new Socket()]

/** Whether the answer for each of them waits, in one turn of the event loop. */
function answer(leave: ReturnType<typeof together>, sockets: readonly Socket[]) {
  return sockets.map((socket) => leave(socket))
}

test('answers wait for the end of a turn once the turn before had three', async () => {
  const leave = together()
  expect(answer(leave, clients)).toEqual([undefined, undefined, undefined])
  await turn()
  const left: number[] = []
  answer(leave, clients).forEach((waits, n) => void waits?.then(() => left.push(n)))
  await Promise.resolve()
  expect(left).toEqual([])
  await turn()
  expect(left).toEqual([0, 1, 2])
})

test('they leave at once again after a turn with fewer', async () => {
  const leave = together()
  void answer(leave, clients)
  await turn()
  expect(answer(leave, clients.slice(0, 2))).toEqual([expect.any(Promise), expect.any(Promise)])
  await turn()
  expect(answer(leave, clients)).toEqual([undefined, undefined, undefined])
})

test('the only client never waits', async () => {
  const leave = together()
  const [client = new Socket()] = clients
  for (let n = 0; n < 10; n++) {
    expect(leave(client)).toBeUndefined()
    if (n % 4 === 0) await turn()
  }
})
