import { afterAll, expect, test } from 'vitest'
import { blocksIn, expectedOutput } from '../../helpers/doc-blocks.ts'
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
