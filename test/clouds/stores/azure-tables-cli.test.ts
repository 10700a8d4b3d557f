import { fileURLToPath } from 'node:url'
import { azureTablesStore } from 'tailfold/azure-tables'
import { type LocalServer, startAzurite } from 'tailfold/testing/azurite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended } from '../../helpers/cli.ts'
import { deposit, startLocalServer, stateOf, temporaryFolder } from '../../helpers/local-server.ts'

const program = fileURLToPath(new URL('../../../src/cli/tailfold.js', import.meta.url))
let server: LocalServer

beforeAll(async () => {
  server = await startAzurite({ packagesFrom: import.meta.url })
})
afterAll(() => server.stop())

const tailfold = (...args: string[]) =>
  ended(process.execPath, [program, ...args], {
    ...process.env,
    AZURE_STORAGE_CONNECTION_STRING: server.address,
  })

describe('npx tailfold with the url of an Azure table', () => {
  const store = ['--store', 'azure-table:bank']

  test('creates, describes and waits for the table', async () => {
    expect(await tailfold('store', 'describe', ...store)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('create it with `npx tailfold store create --store azure-table:bank`'),
    })
    for (let time = 0; time < 2; time++)
      expect(await tailfold('store', 'create', ...store)).toMatchObject({
        exitCode: 0,
        stdout: 'Azure table bank is ready.\n',
      })
    expect(await tailfold('store', 'wait', ...store)).toMatchObject({ exitCode: 0 })
    const { stdout } = await tailfold('store', 'describe', '--json', ...store)
    expect(JSON.parse(stdout)).toMatchObject({ exists: true, permissions: 'read, add, update' })
  })

  test('repairs an entity', async () => {
    await tailfold('store', 'create', ...store)
    const bank = azureTablesStore({ connectionString: server.address, tableName: 'bank' })
    await bank.append('account/a', 2, { v: 1, id: 'c', h: 'h' })
    const entity = ['--type', 'account', '--id', 'a']
    expect(await tailfold('repair', ...store, ...entity, '--yes')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Repaired: removed 1 commit of account/a.'),
    })
  })
})

describe('npm start -- --journal azure', () => {
  test('keeps its entities in an Azurite of its own until the next start', async () => {
    const folder = temporaryFolder()
    const start = () =>
      startLocalServer({ args: ['--journal', 'azure'], env: { TAILFOLD_DATA: folder.path } })
    try {
      const first = await start()
      expect(first.greeting).toContain(`${folder.path}/azurite (Azurite, table tailfold)`)
      await deposit(first.url, 3)
      first.kill('SIGTERM')
      await first.ended
      const second = await start()
      expect(await stateOf(second.url)).toMatchObject({ balance: 3 })
      second.kill('SIGTERM')
      await second.ended
    } finally {
      folder.remove()
    }
  })
})
