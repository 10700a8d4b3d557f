import type { Socket } from 'node:net'
// Not that of a test which replaces the clock.
import { setImmediate } from 'node:timers'

/** From so many answers in a turn of the event loop on, those of the next turn wait for its end. */
const severalAnswers = 3

/** Milliseconds of a turn after which answers wait no longer: the requests behind them may take long. */
const longestWaitMs = 2

/** Lets answers leave together. */
export interface Together {
  /** What resolves when an answer for a client may leave; `undefined` for at once. */
  leave(socket: Socket): Promise<void> | undefined
  /** Lets those leave that have waited for long. Called before each request, which may take its time as well. */
  hurry(): void
}

/**
 * Lets the answers of one turn of the event loop leave together: a write wakes a client or proxy on this machine, which
 * takes as long as the answer itself, and those that follow at once find it awake. None waits while few answers share a
 * turn, for that would take longer than it saves, nor in a turn that takes long.
 */
export function together(): Together {
  let last: Socket | undefined
  let waiting: (() => void)[] = []
  /** In this turn, and in the one before. */
  let answers = 0
  let answersBefore = 0
  /** When the first of those that wait began to. */
  let since = 0

  function leaveAll(): void {
    const leaving = waiting
    waiting = []
    for (const leave of leaving) leave()
  }

  function endTurn(): void {
    answersBefore = answers
    answers = 0
    leaveAll()
  }

  function hurry(): void {
    if (waiting.length > 0 && performance.now() - since > longestWaitMs) leaveAll()
  }

  return {
    hurry,
    leave(socket) {
      const isAlone = socket === last && answers === 0
      last = socket
      // The only client sends its next request when it has the answer.
      if (isAlone) return undefined
      if (answers === 0) setImmediate(endTurn)
      answers += 1
      if (answersBefore < severalAnswers) return undefined
      hurry()
      if (waiting.length === 0) since = performance.now()
      return new Promise((leave) => waiting.push(leave))
    },
  }
}
