import type { Problem } from 'tailfold/http'
import { expect, test } from 'vitest'
import { catalogue } from '../../src/http/problem/catalogue.ts'
import { textOf } from '../helpers/doc-blocks.ts'
import { type ProblemExample, problemExamples } from '../helpers/problem-examples.ts'

const [, section = ''] = textOf('docs/http.md').split('\n### One answer of each\n')
const listed = section
  .slice(0, section.indexOf('\n#'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| request '))

/** As docs/http.md shows it: without what the code alone decides. */
async function rowOf({ request, send }: ProblemExample): Promise<string> {
  const { body = '' } = await send()
  const { type: _, title: __, status: ___, ...rest } = JSON.parse(body) as Problem
  const text = JSON.stringify(rest)
  return `| ${request} | ${text.includes('`') ? `\`\`${text}\`\`` : `\`${text}\``} |`
}

test('docs/http.md shows a request and an answer of every code', () => {
  const codes = listed.map((line) => /"code":"([a-z-]+)"/.exec(line)?.[1])
  expect(codes).toEqual(Object.keys(catalogue))
})

test.for(Object.entries(problemExamples))(
  'docs/http.md shows what is answered with %s',
  async ([, example]) => {
    expect(listed).toContain(await rowOf(example))
  },
)
