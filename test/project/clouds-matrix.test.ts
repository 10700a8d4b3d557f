import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { markdown, parsed, updated } from '../clouds/table/matrix.ts'
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

  test('keeps the cells that a run of some tests did not ask', () => {
    const [stores, runtimes] = [parsed('store', matrix), parsed('runtime', matrix)]
    expect(stores.find(([row]) => row === 'PostgreSQL')?.[1].get('rows')).toBe('passed')
    const since = [['Bun', new Map([['same app', 'failed'] as const])]] as const
    const bun = updated(runtimes, since).find(([row]) => row === 'Bun')?.[1]
    expect([bun?.get('same app'), bun?.get('overlap')]).toEqual(['failed', 'passed'])
    expect(updated(runtimes, [])).toEqual(runtimes)
    const columns = [...new Set(stores.flatMap(([, cells]) => [...cells.keys()]))]
    expect(markdown('store', columns, stores)).toBe(matrix.slice(0, matrix.indexOf('\n\n') + 1))
  })
})
