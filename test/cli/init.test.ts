import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { serviceName } from '../../src/cli/init/service-name.ts'
import { edits, starterFiles } from '../../src/cli/init/starter-files.ts'
import { writeStarter } from '../../src/cli/init/write-starter.ts'
import { readInitArguments } from '../../src/cli/init.ts'
import { runCli } from '../helpers/cli.ts'
import { root, textOf } from '../helpers/doc-blocks.ts'
import { temporaryFolder } from '../helpers/local-server.ts'
import { thrownBy } from '../helpers/thrown.ts'

const files = new Map([
  ['package.json', '{}'],
  ['README.md', '# new'],
  ['functions/bank/account.ts', 'export {}'],
])

describe('init', () => {
  test('takes one folder, by default this one', () => {
    expect([readInitArguments([]), readInitArguments(['shop'])]).toEqual(['.', 'shop'])
  })

  test.for([[['a', 'b']], [['']], [['--force']]])('does not understand %j', ([args = []]) => {
    expect(thrownBy(() => readInitArguments(args))).toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/See npx tailfold init --help\.$/),
    })
  })

  test.for([
    ['/home/ada/shop', 'shop'],
    ['/home/ada/My Shop_2', 'my-shop-2'],
    ['/home/ada/2026 shop', 'shop'],
    ['/home/ada/店', 'my-service'],
    ['/', 'my-service'],
    [`/${'very-'.repeat(10)}long`, 'very-very-very-very-very-very-v'],
  ] as const)('names the service in %s %s', ([path, name]) => {
    expect(serviceName(path)).toBe(name)
  })

  test('gives no function a name that is too long for Lambda in any stage', () => {
    const stage = 'a'.repeat(20)
    expect(textOf('infra/template.yaml')).toContain("AllowedPattern: '[a-z][a-z0-9-]{0,19}'")
    expect(`${serviceName(`/${'long'.repeat(20)}`)}-${stage}-read-models`.length).toBeLessThanOrEqual(64)
  })

  test('writes into a folder that is not there yet', () => {
    inFolder((path) => {
      const below = join(path, 'new/shop')
      expect(writeStarter(below, files)).toEqual({ written: [...files.keys()], kept: [], inTheWay: [] })
      expect(readFileSync(join(below, 'functions/bank/account.ts'), 'utf8')).toBe('export {}')
    })
  })

  test('keeps a README that is there', () => {
    inFolder((path) => {
      writeFileSync(join(path, 'README.md'), '# old')
      expect(writeStarter(path, files).kept).toEqual(['README.md'])
      expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('# old')
    })
  })

  test('writes nothing where a file that the service needs is there already', () => {
    inFolder((path) => {
      mkdirSync(join(path, 'functions/bank'), { recursive: true })
      writeFileSync(join(path, 'functions/bank/account.ts'), 'mine')
      expect(writeStarter(path, files)).toEqual({
        written: [],
        kept: [],
        inTheWay: ['functions/bank/account.ts'],
      })
      expect(readdirSync(path)).toEqual(['functions'])
    })
  })

  test('writes nothing where a file has the name of one of its folders', () => {
    inFolder((path) => {
      writeFileSync(join(path, 'functions'), 'mine')
      expect(writeStarter(path, files)).toEqual({ written: [], kept: [], inTheWay: ['functions'] })
      expect(readdirSync(path)).toEqual(['functions'])
    })
  })

  test('writes nothing where a link that leads nowhere has the name of one of its files', () => {
    inFolder((path) => {
      symlinkSync(join(path, 'nowhere'), join(path, 'package.json'))
      expect(writeStarter(path, files).inTheWay).toEqual(['package.json'])
      expect(readdirSync(path)).toEqual(['package.json'])
    })
  })

  test('keeps a README that is a link, wherever it leads', () => {
    inFolder((path) => {
      symlinkSync(join(path, 'nowhere'), join(path, 'README.md'))
      expect(writeStarter(path, files).kept).toEqual(['README.md'])
    })
  })

  test('fails in one line where a folder cannot be made', async () => {
    const file = join(root, 'package.json')
    const { exitCode, stderr } = await runCli(['init', join(file, 'shop')])
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^Unexpected: ENOTDIR.*\n$/)])
  })
})

describe('the starter', () => {
  const starter = starterFiles('shop')

  test('changes something by each edit', () => {
    const sources = [...starter.keys()].flatMap((path) => {
      try {
        return [readFileSync(join(root, path), 'utf8')]
      } catch {
        return []
      }
    })
    expect(edits.filter(([from]) => !sources.some((text) => text.includes(from)))).toEqual([])
  })

  test('says nothing that is true of this repository alone', () => {
    const text = [...starter.values()].join('\n')
    expect(text).not.toMatch(
      /tailfold-bank|tailfold-source|\.\.\/src\/|test\/infra|local-dynamodb|serverless-offline/,
    )
  })
})

function inFolder(use: (path: string) => void): void {
  const folder = temporaryFolder()
  try {
    use(folder.path)
  } finally {
    folder.remove()
  }
}
