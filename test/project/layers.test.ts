import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Which folders a folder of src may import from, besides itself. The arrows of the design, pointing inward. */
const mayImport: Record<string, readonly string[]> = {
  'core/index.ts': ['core/base', 'core/journal', 'core/entity', 'core/engine'],
  'core/base': [],
  'core/journal': ['core/base'],
  'core/entity': ['core/base', 'core/journal'],
  'core/engine': ['core/base', 'core/journal', 'core/entity'],
  'core/history': ['core/base', 'core/journal', 'core/entity', 'core/engine'],
  bytes: [],
  journal: ['core'],
  'stores/memory': ['journal', 'core'],
  'stores/sql': ['journal', 'core'],
  'stores/sqlite': ['journal', 'core', 'stores/sql', 'node-version.ts'],
  'stores/cloudflare': ['journal', 'core', 'stores/sql'],
  'stores/libsql': ['journal', 'core', 'stores/sql'],
  'stores/postgres': ['journal', 'core', 'stores/sql'],
  'stores/azure-tables': ['journal', 'core'],
  'stores/dynamodb': ['journal', 'core'],
  http: ['core', 'platform.ts'],
  consumers: ['core', 'journal', 'platform.ts'],
  views: ['consumers', 'core', 'http', 'journal', 'platform.ts'],
  openapi: ['http', 'core'],
  'runtimes/actors': ['core', 'platform.ts'],
  'runtimes/common': ['core/base'],
  'runtimes/node': ['http', 'core', 'node-version.ts', 'runtimes/common'],
  'runtimes/fetch': ['http', 'runtimes/common'],
  'runtimes/cloudflare': ['core/base', 'http', 'runtimes/common', 'runtimes/fetch', 'stores/cloudflare'],
  'runtimes/lambda': ['http', 'consumers', 'core', 'platform.ts', 'runtimes/common', 'stores/dynamodb'],
  client: ['core', 'http'],
  esbuild: ['core/base'],
  observe: ['consumers', 'core'],
  cli: ['consumers', 'core', 'journal', 'stores', 'views', 'node-version.ts'],
  testing: [
    'consumers',
    'core',
    'journal',
    'stores/azure-tables',
    'stores/memory',
    'views',
    'http',
    'platform.ts',
    'runtimes/common',
  ],
  'platform.ts': ['core', 'timers.ts'],
  'timers.ts': ['core'],
  'node-version.ts': [],
  'index.ts': ['core', 'journal', 'stores/memory', 'runtimes/actors', 'platform.ts', 'node-version.ts'],
}

/** Packages and built-in modules a folder may import; whatever is not named here is forbidden. */
const mayUse: Record<string, RegExp> = {
  'core/index.ts': /^$/,
  'core/base': /^$/,
  'core/journal': /^$/,
  'core/entity': /^$/,
  'core/engine': /^$/,
  'core/history': /^$/,
  bytes: /^node:(crypto|zlib)$/,
  journal: /^#bytes$/,
  'stores/memory': /^$/,
  'stores/sql': /^$/,
  'stores/cloudflare': /^$/,
  'stores/sqlite': /^node:(sqlite|fs|path|module)$/,
  'stores/dynamodb': /^(@aws-sdk\/(client-dynamodb(-streams)?|lib-dynamodb)|#bytes|node:timers\/promises)$/,
  'stores/libsql': /^$/,
  'stores/postgres': /^$/,
  'stores/azure-tables': /^#bytes$/,
  http: /^$/,
  consumers: /^$/,
  views: /^$/,
  openapi: /^$/,
  'runtimes/actors': /^$/,
  'runtimes/common': /^$/,
  'runtimes/node': /^node:/,
  'runtimes/fetch': /^$/,
  'runtimes/cloudflare': /^$/,
  'runtimes/lambda': /^(@middy\/[a-z-]+|aws-lambda)$/,
  observe: /^node:diagnostics_channel$/,
  cli: /^(@aws-sdk\/client-dynamodb|node:(events|fs|module|path|readline\/promises|timers\/promises|url|util))$/,
  client: /^$/,
  esbuild: /^(esbuild|node:fs)$/,
  testing: /^(node:|dynamodb-local$)/,
  'platform.ts': /^#bytes$/,
  'timers.ts': /^$/,
  'node-version.ts': /^$/,
  'index.ts': /^$/,
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
    .map((entry) => posix.join(entry.parentPath.slice(root.length), entry.name))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
  const found = text.matchAll(/\b(?:from\s+|import\s*\(?\s*)['"]([^'"]+)['"]/g)
  return [...found].map((match) => match[1] ?? '')
}

/** The layer of a file below src: the longest folder that has a rule. */
function layerOf(pathBelowSrc: string): string | undefined {
  return Object.keys(mayImport)
    .filter((layer) => pathBelowSrc === layer || pathBelowSrc.startsWith(`${layer}/`))
    .toSorted((a, b) => b.length - a.length)[0]
}

function isWithin(layer: string, allowed: string): boolean {
  return layer === allowed || layer.startsWith(`${allowed}/`)
}

/** A circle of imports that a file is part of, types included; `undefined` where there is none. */
function circleFrom(
  start: string,
  importsOfFile: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const visited = new Set<string>()
  const walk = (file: string, path: readonly string[]): string[] | undefined => {
    for (const target of importsOfFile.get(file) ?? []) {
      if (target === start) return [...path, target]
      if (visited.has(target)) continue
      visited.add(target)
      const found = walk(target, [...path, target])
      if (found !== undefined) return found
    }
    return undefined
  }
  return walk(start, [start])
}

describe('layers', () => {
  const files = filesBelow('src')

  test('every file belongs to one', () => {
    expect(files.filter((file) => layerOf(file.slice('src/'.length)) === undefined)).toEqual([])
    expect(files.length).toBeGreaterThan(30)
  })

  test('import inward only', () => {
    const wrong = files.flatMap((file) => {
      const layer = layerOf(file.slice('src/'.length)) ?? ''
      return importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => posix.join(dirname(file), target).slice('src/'.length))
        .filter((target) => {
          const targetLayer = layerOf(target) ?? target
          return targetLayer !== layer && !mayImport[layer]?.some((allowed) => isWithin(targetLayer, allowed))
        })
        .map((target) => `${file} imports ${target}`)
    })
    expect(wrong).toEqual([])
  })

  test('hold no circle of imports, types included', () => {
    const imports = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter((target) => target.startsWith('.'))
          .map((target) => posix.join(dirname(file), target)),
      ]),
    )
    const circles = files.flatMap((file) => circleFrom(file, imports)?.join(' -> ') ?? [])
    expect(circles).toEqual([])
    // The walk finds one where there is one.
    expect(
      circleFrom(
        'a',
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'c', 'a'])
  })

  test('use only the packages their role needs', () => {
    const wrong = files.flatMap((file) => {
      const allowed = mayUse[layerOf(file.slice('src/'.length)) ?? '']
      return importsOf(file)
        .filter((target) => !target.startsWith('.') && !allowed?.test(target))
        .map((target) => `${file} imports ${target}`)
    })
    expect(wrong).toEqual([])
  })

  test('core reads no clock and no randomness', () => {
    const forbidden =
      /\b(Date\.now|new Date|performance\.|Math\.random|setTimeout|setInterval|setImmediate|crypto\b|process\.|Buffer\b)/
    const wrong = filesBelow('src/core').filter((file) =>
      forbidden.test(readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')),
    )
    expect(wrong).toEqual([])
  })

  test('functions import the package by its entry points, and each other', () => {
    const wrong = filesBelow('functions').flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => posix.join(dirname(file), target))
        .filter((target) => !target.startsWith('functions/'))
        .map((target) => `${file} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })
})
