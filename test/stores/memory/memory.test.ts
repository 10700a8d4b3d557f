import { memoryStore } from 'tailfold'
import { storeConformance } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'

describe('memoryStore', () => {
  const shared = memoryStore()
  const cases = storeConformance({
    open: async () => ({ store: shared }),
    openEmpty: async () => ({ store: memoryStore() }),
  })
  test.for(cases)('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })

  test('what is read is a copy: changing it changes nothing', async () => {
    const store = memoryStore()
    const written = { id: 'as written' }
    await store.append('type/id', 1, written)
    written.id = 'changed by the writer'
    const { commits } = await store.recover('type/id', 4)
    Object.assign(commits[0]?.record ?? {}, { id: 'changed by a reader' })
    expect((await store.recover('type/id', 4)).commits).toEqual([
      { revision: 1, record: { id: 'as written' } },
    ])
  })

  test('refuses a record beyond its limit with the sizes', async () => {
    const store = memoryStore({ maxRecordBytes: 100 })
    await expect(store.append('type/id', 1, { e: 'x'.repeat(200) })).rejects.toMatchObject({
      code: 'record-too-large',
      retryable: false,
      data: { entity: 'type/id', bytes: 215, limitBytes: 100 },
    })
  })
})
