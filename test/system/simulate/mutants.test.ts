import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../helpers/doc-blocks.ts'
import { consumerMutants } from '../simulate-consumers/mutants/index.ts'
import { commandMutants } from './mutants/index.ts'

describe.each([
  { of: 'commands', set: commandMutants, atLeast: 60 },
  { of: 'consumers', set: consumerMutants, atLeast: 90 },
])('mutants of $of', ({ set, atLeast }) => {
  test(`are at least ${atLeast}, each with a name of its own`, () => {
    const names = set.mutants.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(atLeast)
  })

  test.each(set.mutants)('"$name" changes code that exists, exactly once', ({ changes, tests = [] }) => {
    for (const { file, from } of changes) {
      expect(readFileSync(join(root, 'src', file), 'utf8').split(from)).toHaveLength(2)
    }
    expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

test('docs/consumers.md and the CHANGELOG say how many mutants of consumers there are', () => {
  const places = `in ${consumerMutants.mutants.length} places`
  for (const file of ['docs/consumers.md', 'CHANGELOG.md'])
    expect(readFileSync(join(root, file), 'utf8')).toContain(places)
})
