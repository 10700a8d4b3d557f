import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { problemOf } from '../../src/stores/postgres/schema.ts'
import { root } from '../helpers/doc-blocks.ts'
import { parseTerraform } from '../helpers/terraform.ts'

const text = readFileSync(join(root, 'infra/examples/terraform-postgres/main.tf'), 'utf8')
const blocks = parseTerraform(text)
const resource = (type: string) => {
  const found = blocks.find(({ header }) => header.join('.') === `resource.${type}.journal`)
  if (found === undefined) throw new Error(`There is no ${type}.`)
  return found
}

test('the server has the settings that verify asks for', () => {
  const settings = Object.fromEntries(
    resource('aws_db_parameter_group').blocks.map(({ attributes }) => [
      attributes['name'],
      attributes['value'],
    ]),
  )
  const report = {
    server: '18.4',
    database: 'bank',
    exists: true,
    form: 'Tailfold stored form 1',
    encoding: 'UTF8',
    synchronousCommit: settings['synchronous_commit'] ?? '',
    fsync: 'on',
    isReplica: false,
    user: 'tailfold',
    usage: true,
    privileges: 'SELECT, INSERT, UPDATE, DELETE',
    commits: 0,
    bytes: 0,
  }
  expect(problemOf(report, 'tailfold')).toBeUndefined()
  expect(Number(settings['statement_timeout'])).toBeGreaterThan(0)
  expect(settings['rds.force_ssl']).toBe('1')
})

test('the server is new enough, encrypted, and has its past to go back to', () => {
  const { attributes } = resource('aws_db_instance')
  expect(Number(attributes['engine_version'])).toBeGreaterThanOrEqual(13)
  expect(attributes).toMatchObject({
    storage_encrypted: 'true',
    backup_retention_period: '35',
    deletion_protection: 'var.keep_database',
    manage_master_user_password: 'true',
  })
  expect(resource('aws_db_parameter_group').attributes['family']).toBe(
    `postgres${attributes['engine_version']}`,
  )
})

test('every variable that it uses is declared', () => {
  const used = [...text.replaceAll(/#.*$/gm, '').matchAll(/\bvar\.(\w+)/g)].map(
    ([, name]) => `variable.${name}`,
  )
  const declared = blocks.map(({ header }) => header.join('.'))
  expect([...new Set(used)].filter((name) => !declared.includes(name))).toEqual([])
})
