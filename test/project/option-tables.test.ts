import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, textOf } from '../helpers/doc-blocks.ts'

/** Interfaces whose properties a page lists, each in the first column of a table. */
const tables = [
  ['docs/entities.md', 'src/core/entity/entity.ts', 'EntityDefinition'],
  ['docs/entities.md', 'src/core/entity/entity.ts', 'CommandContext'],
  ['docs/engine.md', 'src/core/engine/contract.ts', 'ExecuteOptions'],
  ['docs/engine.md', 'src/core/engine/contract.ts', 'Engine'],
  ['docs/engine.md', 'src/core/engine/options.ts', 'EngineOptions'],
  ['docs/engine.md', 'src/core/engine/run.ts', 'RetryOptions'],
  ['docs/engine.md', 'src/core/engine/view-cache.ts', 'CacheOptions'],
] as const

test.for(tables)('%s lists all of %s: %s', ([page, source, name]) => {
  const text = readFileSync(join(root, source), 'utf8')
  const [, members = ''] =
    new RegExp(`^export interface ${name}\\b[^]*?(?:> )?\\{\\n([^]*?)^\\}`, 'm').exec(text) ?? []
  const properties = [...members.matchAll(/^ {2}(?:readonly )?(\w+)\??[:<(]/gm)].map(([, each]) => each)
  expect(properties.length).toBeGreaterThan(2)
  const listed = new Set(
    [...textOf(page).matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(?:retry\.|cache\.)?(\w+)/g)].map(([, each]) => each),
    ),
  )
  const groups = new Set(['retry', 'cache'])
  expect(properties.filter((each = '') => !listed.has(each) && !groups.has(each))).toEqual([])
})
