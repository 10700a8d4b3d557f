import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { markdown } from '../clouds/table/matrix.ts'
import { root } from '../helpers/doc-blocks.ts'

const matrix = readFileSync(join(root, 'test/clouds/matrix.md'), 'utf8')

describe('the matrix of stores and runtimes', () => {
  test('stands in README as npm run test:clouds wrote it', () => {
    expect(matrix).toMatch(/^\| store \| conformance \| contention .*\n[^]*\n\n\| runtime \| same app \| /)
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`\n\n${matrix}\n`)
  })

  test('shows no failure', () => {
    expect(matrix).not.toContain('fails')
    expect(matrix).toMatch(/\| PostgreSQL \| ✓ \|/)
  })

  test('says how the tests of each cell ended, and leaves out what was not asked', () => {
    const table = [
      ['A', new Map([['chaos', 'failed'] as const])],
      ['B', new Map([['units', 'part'] as const, ['chaos', 'passed'] as const])],
    ] as const
    expect(markdown('store', ['conformance', 'chaos', 'units'], table)).toBe(
      '| store | chaos | units |\n| --- | --- | --- |\n| A | fails |  |\n| B | ✓ | ✓* |\n',
    )
  })
})
