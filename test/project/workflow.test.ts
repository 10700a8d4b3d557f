import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { root } from '../helpers/doc-blocks.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly 'working-directory'?: string
}
interface Workflow {
  readonly permissions: unknown
  readonly jobs: Readonly<
    Record<
      string,
      { readonly strategy?: { matrix: { node: readonly number[] } }; readonly steps: readonly Step[] }
    >
  >
}

const folder = join(root, '.github/workflows')
const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
const steps = texts
  .map((text) => parse(text) as Workflow)
  .flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps))
const ci = parse(readFileSync(join(folder, 'ci.yml'), 'utf8')) as Workflow

describe('the workflows', () => {
  test('pin every action by its commit, and say beside it which release that is', () => {
    const used = texts.flatMap((text) =>
      [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action]) => action),
    )
    expect(used.length).toBeGreaterThan(0)
    expect(
      used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? '')),
    ).toEqual([])
  })

  test('name one commit for each action', () => {
    const pins = new Set(steps.flatMap(({ uses }) => uses ?? []))
    expect(new Set([...pins].map((pin) => pin.split('@')[0])).size).toBe(pins.size)
  })

  test('run files and npm scripts that exist', () => {
    const missing = steps.flatMap(({ run = '', 'working-directory': below = '.' }) => {
      const { scripts } = JSON.parse(
        readFileSync(join(root, packageFolder(below), 'package.json'), 'utf8'),
      ) as {
        scripts: object
      }
      const files = [...run.matchAll(/\bbash (\S+)/g)].map(([, file = '']) => file)
      const named = [...run.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(
        ([, ran, short]) => ran ?? short,
      )
      return [
        ...files.filter((file) => !existsSync(join(root, below, file))),
        ...named.filter((name) => !(String(name) in scripts)),
      ]
    })
    expect(missing).toEqual([])
  })
})

describe('the workflow of CI', () => {
  const { verify } = ci.jobs

  test('runs what .ci/run runs, with the package on Node.js 22 and 24, and Java 17', () => {
    expect(verify?.strategy?.matrix.node).toEqual([22, 24])
    expect(verify?.steps.map(({ run }) => run).at(-1)).toBe('bash .ci/run')
    expect(verify?.steps.map(({ run }) => run)).toContain(
      'echo "PACKAGE_NODE=$(command -v node)" >> "$GITHUB_ENV"',
    )
    const settings = Object.assign({}, ...(verify?.steps ?? []).map((step) => step.with)) as object
    expect(settings).toMatchObject({ 'node-version': '${{ matrix.node }}', 'java-version': 17 })
  })

  test('runs every set of tests that `npm test` leaves out', () => {
    const script = readFileSync(join(root, '.ci/run'), 'utf8')
    const ran = [...script.matchAll(/^npm run (\S+) <\/dev\/null$/gm)].map(([, name]) => name)
    const sets = ['deploy', 'types', 'platforms', 'consumers', 'clouds', 'browser'].map(
      (set) => `test:${set}`,
    )
    expect(ran).toEqual(['verify', ...sets])
  })

  test('may read the repository, nothing else', () => {
    expect(ci.permissions).toEqual({ contents: 'read' })
  })
})

/** Where `npm` finds its scripts: folders without a package are below the one that has it. */
function packageFolder(below: string): string {
  return existsSync(join(root, below, 'package.json')) ? below : '.'
}
