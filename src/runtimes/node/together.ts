import type { Socket } from 'node:net'
// Not that of a test which replaces the clock.
import { setImmediate } from 'node:timers'

/** From so many answers in a turn of the event loop on, those of the next turn wait for its end. */
const severalAnswers = 3

/**
 * Lets the answers of one turn of the event loop leave together: a write wakes a client or proxy on this machine, which
 * takes as long as the answer itself, and those that follow at once find it awake. Returns what resolves when an answer
 * may leave, `undefined` for at once: while few answers share a turn, waiting would take longer than it saves.
 */
export function together(): (socket: Socket) => Promise<void> | undefined {
  let last: Socket | undefined
  let waiting: (() => void)[] = []
  /** In this turn, and in the one before. */
  let answers = 0
  let answersBefore = 0

  function endTurn(): void {
    const leaving = waiting
    waiting = []
    answersBefore = answers
    answers = 0
    for (const leave of leaving) leave()
  }

  return (socket) => {
    const isAlone = socket === last && answers === 0
    last = socket
    // The only client sends its next request when it has the answer.
    if (isAlone) return undefined
    if (answers === 0) setImmediate(endTurn)
    answers += 1
    return answersBefore < severalAnswers ? undefined : new Promise((leave) => waiting.push(leave))
  }
}
