import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, textOf } from '../helpers/doc-blocks.ts'

const [, defended = ''] = textOf('docs/security.md').split('## What is defended\n')
const rows = (defended.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| (?!attack )/.test(line))
const named = rows.map((row) => {
  const [, attack = '', file = '', title = ''] =
    /^\| (.+?) \| .+ \| `(test\/\S+\.test\.ts)`: "(.+)" \|$/.exec(row) ?? []
  return { row, attack, file, title }
})

test('docs/security.md names a test for each attack', () => {
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({ title }) => title === '').map(({ row }) => row)).toEqual([])
})

test.for(named)('$file holds against: $attack', ({ file, title }) => {
  expect(existsSync(join(root, file))).toBe(true)
  expect(textOf(file)).toMatch(
    new RegExp(`^\\s*(?:\\S*(?:test|describe)\\S*\\(|.*\\)\\()?\\s*['"\`]${escaped(title)}`, 'm'),
  )
})

function escaped(title: string): string {
  return title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
