import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, textOf } from '../helpers/doc-blocks.ts'

const named = [...textOf('docs/guarantees.md').matchAll(/^\| (.*?) \| `(test\/\S+)`: (.+) \|$/gm)].map(
  ([, promise = '', file = '', title = '']) => ({ promise, file, title }),
)

test('docs/guarantees.md names a test for each of its promises', () => {
  const promises = [...textOf('docs/guarantees.md').matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => number)
  const held = named.flatMap(({ promise }) => /^(\d+)\./.exec(promise)?.[1] ?? [])
  expect(held).toEqual(promises)
})

test.each(named)('$file holds: $title', ({ file, title }) => {
  expect(existsSync(join(root, file))).toBe(true)
  expect(textOf(file)).toContain(title)
})
