import { InMemoryJournal, createEngine } from 'tailfold'
import { afterEach, expect, test, vi } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { command } from '../../helpers/bank.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

test.each([
  ['without process', undefined],
  ['without process.getBuiltinModule', {}],
  ['without node:async_hooks', { getBuiltinModule: () => undefined }],
])('a runtime %s has no async contexts, and everything else', async (_, process) => {
  vi.resetModules()
  vi.stubGlobal('process', process)
  const { systemPlatform } = await import('../../../src/platform.ts')
  vi.unstubAllGlobals()
  expect(systemPlatform.captureContext).toBeUndefined()
  expect(systemPlatform.createContext).toBeUndefined()
  const engine = createEngine(account, { journal: new InMemoryJournal(), platform: systemPlatform })
  const options = { commandId: 'c1' }
  expect(await engine.execute('a', command.deposit(1), options)).toMatchObject({ revision: 1 })
  expect(await engine.execute('a', command.deposit(1), options)).toMatchObject({ replayed: true })
})
