import type { TailfoldError } from '../base/errors.ts'

/** Commands that are carried out in the order in which they were sent, and end together: those of an actor. */
export interface CommandScope {
  /** Why no command of the scope may begin any more; `undefined` while they may. */
  readonly ended: TailfoldError | undefined
  /** Gives a command, or the error of its schema, back once the schemas of those sent before it have answered too. */
  inOrder<Command>(parsed: Command | Promise<Command>): Command | Promise<Command>
  /** Ends the scope; the first error stays. */
  end(error: TailfoldError): void
}

/** Starts a scope. The engine ends it when one of its commands returns `Behaviors.stopped()`. */
export function commandScope(): CommandScope {
  let ended: TailfoldError | undefined
  /** One for each command that waits for a schema: its own, or one before it. */
  const turns: Turn[] = []
  return {
    get ended() {
      return ended
    },
    inOrder(parsed) {
      if (turns.length === 0 && !(parsed instanceof Promise)) return parsed
      // Of every command, so that each takes as long to go on as the others.
      const answer = Promise.resolve(parsed)
      return new Promise((resolve) => {
        const turn: Turn = { goOn: undefined }
        turns.push(turn)
        const answered = () => {
          turn.goOn = () => resolve(answer)
          // All at once: commands that go on together share a commit.
          while (turns[0]?.goOn !== undefined) turns.shift()?.goOn?.()
        }
        answer.then(answered, answered)
      })
    },
    end: (error) => void (ended ??= error),
  }
}

interface Turn {
  /** Set once the schema has answered. */
  goOn: (() => void) | undefined
}
