import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this repository. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** One fenced block of a document. */
export interface DocBlock {
  /** Below the root, such as `'docs/http.md'`. */
  readonly file: string
  /** Of its first line, counted from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** One command of a `console` block and what it must print. `…` in it stands for any text. */
export interface ConsoleStep {
  readonly command: string
  readonly prints: string
}

/** README.md and the documents in docs/, as paths below the root. */
export const documents: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** The text of a document. */
export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** All fenced blocks of all documents in one language. */
export function blocksIn(language: string): readonly DocBlock[] {
  return documents.flatMap(blocksOf).filter((block) => block.language === language)
}

/** The fenced blocks of one document. */
export function blocksOf(file: string): readonly DocBlock[] {
  const text = textOf(file)
  return [...text.matchAll(/^```(\S*)\n([^]*?)^```$/gm)].map(({ index, 1: language = '', 2: code = '' }) => ({
    file,
    line: text.slice(0, index).split('\n').length + 1,
    language,
    text: code,
  }))
}

/** The steps of a `console` block: a command after `$ `, then the lines it prints. Throws on a block that begins otherwise. */
export function consoleSteps({ text, file, line }: DocBlock): readonly ConsoleStep[] {
  const [before, ...steps] = `\n${text}`.split('\n$ ')
  if (before !== '') throw new Error(`${file}:${line} does not begin with "$ "`)
  return steps.map((step) => {
    const [command = '', ...printed] = step.split('\n')
    return { command, prints: printed.join('\n').trimEnd() }
  })
}

/** What a program in a `ts` block must print: the comments at the end of its `console.log` lines. */
export function expectedOutput({ text }: DocBlock): readonly string[] {
  return [...text.matchAll(/^.*console\.log\(.*\) \/\/ (.*)$/gm)].map(([, comment = '']) => comment)
}

/** Matches what is printed: `…` stands for any text. */
export function patternOf(text: string): RegExp {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('…', '[^]*')}$`)
}
