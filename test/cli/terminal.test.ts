import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { processTerminal } from '../../src/cli/terminal.ts'

function opened({ isTTY = true } = {}) {
  const stdin = Object.assign(new PassThrough(), { isTTY })
  const stdout = Object.assign(new PassThrough(), { isTTY })
  return { stdin, stdout, terminal: processTerminal({}, { stdin, stdout }) }
}

describe('a terminal', () => {
  test('asks a question and resolves with the line', async () => {
    const { stdin, stdout, terminal } = opened()
    const answer = terminal.ask?.('Really? ')
    stdin.write('yes\n')
    expect(await answer).toBe('yes')
    expect(String(stdout.read())).toContain('Really? ')
  })

  test.for<[string, (stdin: PassThrough) => void]>([
    ['ends', (stdin) => stdin.end()],
    ['is ended with Ctrl+D', (stdin) => stdin.write('\u0004')],
    ['is broken off with Ctrl+C', (stdin) => stdin.write('\u0003')],
  ])('takes an input that %s for an empty line', async ([, act]) => {
    const { stdin, terminal } = opened()
    const answer = terminal.ask?.('Really? ')
    act(stdin)
    expect(await answer).toBe('')
  })

  test('does not ask where input or output is not one', () => {
    expect(opened({ isTTY: false }).terminal.ask).toBeUndefined()
  })
})
