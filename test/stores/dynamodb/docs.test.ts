import { afterAll, expect, test } from 'vitest'
import { startDynamoDbLocal } from 'tailfold/testing/dynamodb-local'
import { runCli } from '../../helpers/cli.ts'
import { blocksIn, blocksOf, consoleSteps, expectedOutput } from '../../helpers/doc-blocks.ts'
import { docPrograms, needsJava } from '../../helpers/doc-programs.ts'

const blocks = blocksIn('ts').filter(needsJava)
const programs = docPrograms(blocks)
afterAll(() => programs.remove())

test('the documents show how to start a DynamoDB Local', () => {
  expect(blocks.length).toBeGreaterThan(0)
})

test.for(blocks)('$file:$line prints what its comments say', { timeout: 60_000 }, async (block) => {
  expect(await programs.linesOf(block)).toEqual(expectedOutput(block))
})

test('the commands for tables in docs/cli.md print what is shown', { timeout: 60_000 }, async () => {
  const block = blocksOf('docs/cli.md').find(({ text }) => text.startsWith('$ npx tailfold table'))
  const { endpoint, stop } = await startDynamoDbLocal()
  try {
    for (const { command, prints } of block === undefined ? [] : consoleSteps(block)) {
      const args = command.replace('http://localhost:8000', endpoint).split(' ').slice(2)
      const { stdout } = await runCli(args)
      expect(stdout.trimEnd().replaceAll(endpoint, 'http://localhost:8000')).toBe(prints)
    }
  } finally {
    await stop()
  }
  expect(block).toBeDefined()
})
