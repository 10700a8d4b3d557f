import { expect, test } from 'vitest'
import { catalogue } from '../../src/http/problem/problem.ts'
import { textOf } from '../helpers/doc-blocks.ts'

test('docs/http.md lists every problem code with its status, in the order of the code', () => {
  const rows = [...textOf('docs/http.md').matchAll(/^\| (\d{3}) \| `([a-z-]+)` \| .+ \|$/gm)]
  const listed = rows.map(([, status, code]) => [code, Number(status)])
  expect(listed).toEqual(Object.entries(catalogue).map(([code, [status]]) => [code, status]))
})
