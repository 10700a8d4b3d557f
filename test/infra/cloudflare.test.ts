import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { d1Schema } from 'tailfold/cloudflare'
import { expect, test } from 'vitest'
import { root } from '../helpers/doc-blocks.ts'

const folder = join(root, 'infra/examples/cloudflare')
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')

test('the migration of D1 creates the tables that the store expects', () => {
  expect(textOf('migrations/0001_tailfold.sql')).toBe(d1Schema())
})

test('wrangler.jsonc names the Worker, its binding and its migrations', () => {
  const config = JSON.parse(textOf('wrangler.jsonc').replaceAll(/^\s*\/\/.*$/gm, '')) as {
    main: string
    d1_databases: readonly { binding: string; migrations_dir: string }[]
  }
  const [database] = config.d1_databases
  expect(textOf(config.main)).toContain(`readonly ${database?.binding}: D1Database`)
  expect(database?.migrations_dir).toBe('migrations')
})
