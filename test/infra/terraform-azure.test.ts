import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { azureTablesStore } from 'tailfold/azure-tables'
import { expect, test } from 'vitest'
import { problemOf } from '../../src/stores/azure-tables/schema.ts'
import { root } from '../helpers/doc-blocks.ts'
import { parseTerraform } from '../helpers/terraform.ts'

const text = readFileSync(join(root, 'infra/examples/terraform-azure/main.tf'), 'utf8')
const blocks = parseTerraform(text)
const block = (path: string) => {
  const found = blocks.find(({ header }) => header.join('.') === path)
  if (found === undefined) throw new Error(`There is no ${path}.`)
  return found
}

test('the table has a name that the store takes, and is not destroyed by a plan', () => {
  const tableName = block('variable.table_name').attributes['default'] ?? ''
  const endpoint = 'https://bank.table.core.windows.net'
  expect(azureTablesStore({ endpoint, token: () => '', tableName }).limits.maxCommandIds).toBe(99)
  const table = block('resource.azurerm_storage_table.journal')
  expect(table.attributes['name']).toBe('var.table_name')
  expect(table.blocks.map(({ attributes }) => attributes)).toEqual([{ prevent_destroy: 'true' }])
})

test('identities get the role that the store asks for', () => {
  const role = block('resource.azurerm_role_assignment.journal').attributes['role_definition_name']
  const denied = { exists: true, endpoint: '', permissions: 'read' }
  expect(problemOf(denied, 'bank')).toContain(`the role ${role},`)
})

test('the account takes no plain HTTP, and keys only where they are asked for', () => {
  expect(block('resource.azurerm_storage_account.journal').attributes).toMatchObject({
    https_traffic_only_enabled: 'true',
    min_tls_version: 'TLS1_2',
    shared_access_key_enabled: 'var.shared_access_key_enabled',
  })
  expect(block('variable.shared_access_key_enabled').attributes['default']).toBe('false')
})

test('every variable that it uses is declared', () => {
  const used = [...text.replaceAll(/#.*$/gm, '').matchAll(/\bvar\.(\w+)/g)].map(
    ([, name]) => `variable.${name}`,
  )
  const declared = blocks.map(({ header }) => header.join('.'))
  expect([...new Set(used)].filter((name) => !declared.includes(name))).toEqual([])
})
