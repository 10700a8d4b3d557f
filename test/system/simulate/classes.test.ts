import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { faultClasses } from '../../../src/testing/simulate/classes.ts'

test('docs/guarantees.md names every class of faults', () => {
  const page = readFileSync(new URL('../../../docs/guarantees.md', import.meta.url), 'utf8')
  expect(faultClasses.filter((of) => !page.includes(`\`${of}\``))).toEqual([])
})
