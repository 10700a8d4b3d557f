import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test } from 'vitest'
import { type CommandEnded, ended } from '../../helpers/cli.ts'
import { tools } from './install.ts'
import { project } from './project.ts'

const { application, tarball } = inject('packed')

const bin = (path: string) => join(tools, path)

test('publint finds nothing to better', async () => {
  const { exitCode, stdout } = await ended(
    process.execPath,
    [bin('publint/src/cli.js'), 'run', tarball, '--strict'],
    process.env,
  )
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('All good!')])
})

test('are-the-types-wrong finds ES modules only, and nothing wrong with their types', async () => {
  const program = fileURLToPath(new URL('attw.mjs', import.meta.url))
  const installed = join(application, 'node_modules/tailfold')
  const { stdout, stderr } = await ended(process.execPath, [program, installed], process.env)
  expect(stderr).toBe('')
  const problems = JSON.parse(stdout) as ReadonlyArray<{ kind: string; resolutionKind?: string }>
  const kinds = new Set(problems.map(({ kind, resolutionKind }) => `${kind} ${resolutionKind}`))
  expect([...kinds].toSorted()).toEqual(['CJSResolvesToESM node16-cjs', 'NoResolution node10'])
})

describe('a CommonJS package in TypeScript 5.9', () => {
  async function compiled(...options: readonly string[]): Promise<CommandEnded> {
    const folder = project({
      'package.json': '{"name":"consumer"}',
      'program.ts':
        "import { entity } from 'tailfold'\nimport { createApp } from 'tailfold/http'\nexport const used = [entity, createApp]\n",
    })
    try {
      const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--types', 'node']
      const tsc = bin('typescript/bin/tsc')
      return await ended(
        process.execPath,
        [tsc, ...flags, ...options, 'program.ts'],
        process.env,
        folder.path,
      )
    } finally {
      folder.remove()
    }
  }

  test.for([[['--module', 'nodenext']], [['--module', 'esnext', '--moduleResolution', 'bundler']]] as const)(
    'compiles with %j',
    async ([options]) => {
      expect(await compiled(...options)).toMatchObject({ exitCode: 0, stdout: '' })
    },
  )

  test.for([
    [
      ['--module', 'commonjs', '--moduleResolution', 'node10'],
      "Consider updating to 'node16', 'nodenext', or 'bundler'.",
    ],
    [['--module', 'node16'], 'error TS1479: The current file is a CommonJS module'],
  ] as const)('is told by the compiler what to change with %j', async ([options, says]) => {
    const { exitCode, stdout } = await compiled(...options)
    expect([exitCode, stdout]).toEqual([2, expect.stringContaining(says)])
  })
})
