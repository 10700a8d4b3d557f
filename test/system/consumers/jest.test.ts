import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CommandEnded, ended } from '../../helpers/cli.ts'
import { blocksOf, root } from '../../helpers/doc-blocks.ts'
import { project } from './project.ts'

/** The blocks of docs/jest.md from a heading on, by the file name in their first line; the manifest has none. */
function filesUnder(heading: string): Readonly<Record<string, string>> {
  const lines = readFileSync(join(root, 'docs/jest.md'), 'utf8').split('\n')
  const from = lines.indexOf(`## ${heading}`)
  const to = lines.findIndex((line, index) => index > from && line.startsWith('## '))
  const blocks = blocksOf('docs/jest.md')
  const manifest = blocks.find(({ language }) => language === 'json')?.text ?? ''
  const named = blocks
    .filter(({ line }) => line > from && (to === -1 || line < to))
    .map(({ text }) => [/^\/\/ (\S+)\n/.exec(text)?.[1] ?? 'unnamed', text] as const)
  return { 'package.json': manifest, ...Object.fromEntries(named) }
}

async function runJest(files: Readonly<Record<string, string>>): Promise<CommandEnded> {
  const folder = project(files)
  try {
    return await ended('npm', ['test', '--loglevel=error'], { ...process.env, NODE_OPTIONS: '' }, folder.path)
  } finally {
    folder.remove()
  }
}

test('Jest runs the JavaScript of docs/jest.md, objects of structuredClone included', async () => {
  const files = filesUnder('JavaScript')
  expect(Object.keys(files)).toEqual(['package.json', 'jest.config.mjs', 'counter.test.js'])
  const { exitCode, stderr } = await runJest(files)
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('✓ a tag is kept')])
})

test('ts-jest runs the TypeScript of docs/jest.md', async () => {
  const files = filesUnder('TypeScript, with ts-jest')
  expect(Object.keys(files)).toEqual(['package.json', 'jest.config.mjs', 'account.test.ts'])
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    isolatedModules: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ['node'],
  }
  const { exitCode, stderr } = await runJest({
    ...files,
    'tsconfig.json': JSON.stringify({ compilerOptions }),
    'account.ts': readFileSync(join(root, 'functions/bank/account.ts'), 'utf8'),
  })
  expect([exitCode, stderr]).toEqual([
    0,
    expect.stringContaining('✓ a withdrawal within the balance is answered with ok'),
  ])
})

test('Jest without the flag fails with a message of docs/jest.md', async () => {
  const files = filesUnder('JavaScript')
  const manifest = (files['package.json'] ?? '').replace('--experimental-vm-modules ', '')
  const { exitCode, stderr } = await runJest({ ...files, 'package.json': manifest })
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(/Cannot use import statement|unexpected token/),
  ])
})
