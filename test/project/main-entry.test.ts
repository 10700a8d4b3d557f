import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as main from 'tailfold'
import { expect, test } from 'vitest'
import { root } from '../helpers/doc-blocks.ts'

test('the main entry holds what an application needs, and nothing else', () => {
  expect(Object.keys(main).toSorted()).toEqual([
    'ActorSystem',
    'Behaviors',
    'InMemoryJournal',
    'KeyValueJournal',
    'TailfoldError',
    'createEngine',
    'entity',
    'isTailfoldError',
    'memoryRows',
    'memoryStore',
    'snapshotByBytes',
    'snapshotEvery',
    'systemPlatform',
  ])
})

test('every value of the main entry stands in README or docs', () => {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const text = ['README.md', ...pages.map((name) => `docs/${name}`)]
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n')
  expect(Object.keys(main).filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
})

test('README names every entry point of the package, and no other', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object }
  const named = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^\| `tailfold(\/[\w/-]+)?` \|/gm)]
  expect(named.map(([, path = '']) => `.${path}`).toSorted()).toEqual(
    Object.keys(exports)
      .filter((path) => path !== './package.json')
      .toSorted(),
  )
})
