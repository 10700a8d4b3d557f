import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../helpers/doc-blocks.ts'
import { mutants } from './mutants/index.ts'

test('there are at least 60 mutants, each with a name of its own', () => {
  const names = mutants.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(60)
})

test.each(mutants)('the mutant "$name" changes code that exists, exactly once', ({ changes }) => {
  for (const { file, from } of changes) {
    expect(readFileSync(join(root, 'src', file), 'utf8').split(from)).toHaveLength(2)
  }
})
