import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, textOf } from '../helpers/doc-blocks.ts'

const [, section = ''] = textOf('docs/engine.md').split('## The way of one command')
const hops = [...section.matchAll(/^\| `([^`]+)` \| `(\w+)` \|(.*)\|$/gm)].map(
  ([, file = '', name = '', handsOn = '']) => ({ file, name, handsOn: handsOn.trim() }),
)

test('a POST through a Lambda calls every function that docs/engine.md lists', () => {
  const program = join(root, 'test/helpers/called-functions-program.ts')
  const printed = execFileSync(process.execPath, ['--conditions=tailfold-source', program], {
    encoding: 'utf8',
  })
  const { statusCode, called } = JSON.parse(printed) as {
    readonly statusCode: number
    readonly called: Readonly<Record<string, readonly string[]>>
  }
  expect(statusCode).toBe(204)
  expect(hops.filter(({ file, name }) => called[file]?.includes(name) !== true)).toEqual([])
})

test('a command passes fewer than 25 files, and has at most 8 forms on the way to the store', () => {
  expect(new Set(hops.map(({ file }) => file)).size).toBeLessThan(25)
  const there = hops.slice(0, hops.findIndex(({ handsOn }) => handsOn === 'the item of `PutItem`') + 1)
  expect(there.filter(({ handsOn }) => handsOn !== '').length).toBeLessThanOrEqual(8)
})
