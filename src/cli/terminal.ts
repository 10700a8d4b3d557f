import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'

/** How a command talks to the person who runs it. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv
  print(text: string): void
  /** Asks for a line; empty when the input ends instead. `undefined` where no person is there to answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined
}

/** The terminal of this process; it asks only where both input and output are one. */
export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY
  return { env, print: (text) => void process.stdout.write(text), ask: isTerminal ? askLine : undefined }
}

async function askLine(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await Promise.race([lines.question(question), once(lines, 'close').then(() => '')])
  } finally {
    lines.close()
  }
}
