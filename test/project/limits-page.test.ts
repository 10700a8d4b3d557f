import { describe, expect, test } from 'vitest'
import { catalogue } from '../../src/http/problem/catalogue.ts'
import { resolveLimits } from '../../src/http/limits.ts'
import { lambdaAnswerBytes } from '../../src/runtimes/lambda/response.ts'
import { textOf } from '../helpers/doc-blocks.ts'

/** Sections of docs/limits.md, and the sources that have the options with their defaults. */
const sections = {
  'createApp({ limits: { … } })': ['src/http/limits.ts'],
  'createApp({ retry, cache })': ['src/core/engine/run.ts', 'src/core/engine/view-cache.ts'],
  'nodeServer(app, { … })': ['src/runtimes/node/server.ts', 'src/runtimes/node/listener.ts'],
  'lambdaHandler(app, { … })': ['src/runtimes/lambda/handler.ts'],
  'client({ retry: { … } })': ['src/client/options.ts'],
} as const

/** Where a default is set, if not where the option is declared. */
const settings = ['src/core/engine/engine.ts', 'src/core/engine/shared.ts', 'src/client/send.ts']

/** Numbers that are options and bound nothing. */
const noLimits = ['port', 'freshForMs', 'after', 'pageSize', 'ifMatch']

function rowsOf(heading: string): ReadonlyArray<readonly [name: string, usual: number]> {
  const [, section = ''] = textOf('docs/limits.md').split(`## \`${heading}\`\n`)
  const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| `(?:\w+\.)?(\w+)` \| ([\d,]+) \|/gm)
  return [...rows].map(([, name = '', usual = '']) => [name, Number(usual.replaceAll(',', ''))])
}

/** Values that a destructuring gives to an option it does not find. */
function defaultsOf(name: string, files: readonly string[]): readonly number[] {
  if (name === 'maxAnswerBytes') return [lambdaAnswerBytes - 64 * 1024]
  return files.flatMap((file) =>
    [...textOf(file).matchAll(new RegExp(`\\b${name} (?:=|\\?\\?) ([\\d_]+(?: \\* [\\d_]+)*)\\b`, 'g'))].map(
      ([, value = '']) =>
        value.split(' * ').reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1),
    ),
  )
}

test('docs/limits.md has the limits of an app with their defaults', () => {
  expect(rowsOf('createApp({ limits: { … } })')).toEqual(Object.entries(resolveLimits()))
})

describe.each(Object.entries(sections).slice(1))('docs/limits.md: %s', (heading, files) => {
  test('has every option that is a number', () => {
    const declared = files.flatMap((file) =>
      [...textOf(file).matchAll(/readonly (\w+)\?: number\b/g)].map(([, name = '']) => name),
    )
    const listed = new Set(rowsOf(heading).map(([name]) => name))
    expect([...listed].toSorted()).toEqual(
      [...new Set(declared)].filter((name) => !noLimits.includes(name)).toSorted(),
    )
  })

  test('has their defaults', () => {
    const sources =
      heading.startsWith('createApp') || heading.startsWith('client') ? [...files, ...settings] : files
    for (const [name, usual] of rowsOf(heading)) {
      const own = sources.filter((file) => heading.startsWith('client') === file.startsWith('src/client'))
      expect([name, ...new Set(defaultsOf(name, own))]).toEqual([name, usual])
    }
  })
})

test('docs/limits.md names problems by their status and code', () => {
  const named = [...textOf('docs/limits.md').matchAll(/\b([45]\d\d) `([a-z-]+)`/g)]
  expect(named.length).toBeGreaterThan(10)
  const known = Object.entries(catalogue).map(([code, [status]]) => `${status} ${code}`)
  expect(
    named.map(([, status, code]) => `${status} ${code}`).filter((each) => !known.includes(each)),
  ).toEqual([])
})
