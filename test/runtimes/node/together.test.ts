import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { together, type Together } from '../../../src/runtimes/node/together.ts'

const clients = [new Socket(), new Socket(), new Socket()]

/** As a request that is long in work. */
function work(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** Whether the answer for each of them waits, in one turn of the event loop. */
function answer(answers: Together, sockets: readonly Socket[]) {
  return sockets.map((socket) => answers.leave(socket))
}

test('answers wait for the end of a turn once the turn before had three', async () => {
  const answers: Together = together()
  expect(answer(answers, clients)).toEqual([undefined, undefined, undefined])
  await turn()
  const left: number[] = []
  answer(answers, clients).forEach((waits, n) => void waits?.then(() => left.push(n)))
  await Promise.resolve()
  expect(left).toEqual([])
  await turn()
  expect(left).toEqual([0, 1, 2])
})

test('they leave at once again after a turn with fewer', async () => {
  const answers: Together = together()
  void answer(answers, clients)
  await turn()
  expect(answer(answers, clients.slice(0, 2))).toEqual([expect.any(Promise), expect.any(Promise)])
  await turn()
  expect(answer(answers, clients)).toEqual([undefined, undefined, undefined])
})

test('the only client never waits', async () => {
  const answers: Together = together()
  const [client = new Socket()] = clients
  for (let n = 0; n < 10; n++) {
    expect(answers.leave(client)).toBeUndefined()
    if (n % 4 === 0) await turn()
  }
})

test.for([
  ['the next request begins', (answers: Together): void => answers.hurry()],
  ['the next answer is there', (answers: Together): void => void answers.leave(clients[1] as Socket)],
] as const)('none waits for long requests behind it: it leaves when %s', async ([, next]) => {
  const answers: Together = together()
  void answer(answers, clients)
  await turn()
  const left: string[] = []
  void answers.leave(clients[0] as Socket)?.then(() => left.push('small'))
  next(answers)
  await Promise.resolve()
  expect(left).toEqual([])
  work(5)
  next(answers)
  await Promise.resolve()
  expect(left).toEqual(['small'])
})
