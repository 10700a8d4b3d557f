import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'

/** How a command talks to the person who runs it. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv
  print(text: string): void
  /** Asks for a line; empty when the input ends instead. `undefined` where no person is there to answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** Aborted when nobody reads what is printed any more. Default: never. */
  readonly readerLeft?: AbortSignal
}

/** The streams of a process. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** The terminal of this process; it asks only where both input and output are one. */
export function processTerminal(env: NodeJS.ProcessEnv, streams: TerminalStreams = process): Terminal {
  const { stdin, stdout } = streams
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true
  return {
    env,
    print: (text) => void stdout.write(text),
    ask: isTerminal ? (question) => askLine(streams, question) : undefined,
  }
}

async function askLine({ stdin, stdout }: TerminalStreams, question: string): Promise<string> {
  const lines = createInterface({ input: stdin, output: stdout })
  try {
    // Where the input ends, some versions of Node.js reject and others leave the question open.
    return await Promise.race([lines.question(question), once(lines, 'close').then(() => '')])
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return ''
    throw error
  } finally {
    lines.close()
  }
}
