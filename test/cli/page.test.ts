import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { dirname } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Noun } from '../../src/cli/command-line.ts'
import { nouns } from '../../src/cli/main.ts'
import { cliProgram, ended } from '../helpers/cli.ts'
import { blocksOf, consoleSteps, expectedOutput, patternOf, textOf } from '../helpers/doc-blocks.ts'
import { docPrograms } from '../helpers/doc-programs.ts'

const page = 'docs/cli.md'
const [intro = '', ...parts] = textOf(page).split(/^## /m)
const sections = new Map(
  parts.flatMap((text) => {
    const [, noun] = /^`npx tailfold (\w+)`\n/.exec(text) ?? []
    return noun === undefined ? [] : [[noun, text]]
  }),
)

/** The options and actions that stand first in a line of `--help`, or in the first column of a table of the page. */
const inUsage = ({ usage }: Noun) => firstOf(usage, /^ {2}(--[a-z-]+|[a-z][a-z-]*)(?=\s)/gm)
const onPage = (text: string) => firstOf(text, /^\| `(--[a-z-]+|[a-z][a-z-]*)[^`]*` \|/gm)
const actionsOf = (noun: Noun) => inUsage(noun).filter((word) => !word.startsWith('-'))

function firstOf(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, word = '']) => word).toSorted()
}

describe('docs/cli.md', () => {
  test('has a section for each command, and no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(nouns))
    expect(firstOf(intro, /^\| \[`(\w+)`\]/gm)).toEqual(Object.keys(nouns).toSorted())
  })

  describe.each(Object.entries(nouns))('of %s', (name, load) => {
    const section = sections.get(name) ?? ''

    test('names exactly the actions and options of its --help', async () => {
      const offered = inUsage(await load())
      expect(offered).toContain('--help')
      expect(onPage(section)).toEqual(offered)
    })

    test('shows its usage and its exit codes', async () => {
      const { usage } = await load()
      expect(section).toContain(`\`\`\`text\n${usage.split('\n')[0]?.replace('Usage: ', '')}\n\`\`\``)
      expect(section).toContain(/^Exit codes: .*$/m.exec(usage)?.[0])
    })

    test('has an example of each action', async () => {
      const shown = [...section.matchAll(/^\$ npx tailfold (\w+) (\S+)/gm)]
      const actions = new Set(shown.map(([, , action]) => action))
      expect(new Set(shown.map(([, noun]) => noun))).toEqual(new Set([name]))
      expect(actionsOf(await load()).filter((each) => !actions.has(each))).toEqual([])
    })
  })
})

describe('an example of docs/cli.md prints what it shows', { timeout: 60_000 }, () => {
  const blocks = blocksOf(page)
  const sources = blocks.filter(({ language }) => language === 'ts')
  const programs = docPrograms(sources)
  const [first = missing()] = sources
  const cwd = dirname(programs.fileOf(first))
  // Those of DynamoDB run in test/stores/dynamodb/docs.test.ts.
  const steps = blocks
    .filter(({ language, text }) => language === 'console' && !text.includes('npx tailfold table'))
    .flatMap(consoleSteps)
  afterAll(() => programs.remove())

  // They write what the commands find.
  test.for(sources)('the program in line $line', async (block) => {
    expect(await programs.linesOf(block)).toEqual(expectedOutput(block))
  })

  test.for(steps)('$command', async ({ command, prints }) => {
    const here = command.replace('npx tailfold', `'${process.execPath}' '${cliProgram}'`)
    const printed = command.includes(' tail ')
      ? await firstLines(here, cwd, prints.split('\n').length)
      : await everything(here, cwd)
    expect(withoutTimes(printed)).toMatch(patternOf(withoutTimes(prints)))
  })
})

function missing(): never {
  throw new Error(`${page} has no program`)
}

async function everything(command: string, cwd: string): Promise<string> {
  const { stdout, stderr } = await ended('bash', ['-c', `(${command}) 2>&1`], process.env, cwd)
  return `${stdout}${stderr}`.trimEnd()
}

/** Of a command that does not end by itself. */
async function firstLines(command: string, cwd: string, count: number): Promise<string> {
  const child = spawn('bash', ['-c', `exec ${command}`], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === count) child.kill('SIGINT')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return lines.join('\n')
}

function withoutTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
}
