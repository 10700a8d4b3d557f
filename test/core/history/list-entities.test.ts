import { describe, expect, test } from 'vitest'
import { listEntities, type ListEntitiesOptions } from '../../../src/core/history/list-entities.ts'
import type { EntityIdPage, EntityList } from '../../../src/core/journal/journal.ts'
import { keyValueJournal } from '../../../src/journal/key-value-journal.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { counterReader } from '../../helpers/counter.ts'
import { counted, writeHistory } from '../../helpers/written-history.ts'

async function opened(ids: readonly string[], tenant?: string) {
  const journal = keyValueJournal(memoryStore())
  for (const entityId of ids)
    await writeHistory(journal, { entityType: 'counter', entityId, tenant }, counted(1))
  return counterReader(journal, tenant === undefined ? {} : { tenant })
}

describe('listEntities', () => {
  test('says next only where more exist', async () => {
    const reader = await opened(['a', 'b', 'c', 'd'])
    expect(await listEntities(reader, { limit: 2 })).toEqual({ entityIds: ['a', 'b'], next: 'b' })
    expect(await listEntities(reader, { limit: 2, after: 'b' })).toEqual({ entityIds: ['c', 'd'] })
    expect(await listEntities(reader, { limit: 4 })).toEqual({ entityIds: ['a', 'b', 'c', 'd'] })
    expect(await listEntities(reader, { limit: 9, after: 'd' })).toEqual({ entityIds: [] })
  })

  test('costs one request', async () => {
    const reader = await opened(['a', 'b'])
    await listEntities(reader, { limit: 2 })
    expect(reader.requests()).toBe(1)
  })

  test('lists the entities of the reader’s tenant only', async () => {
    const reader = await opened(['a'], 'acme')
    expect(await listEntities(reader, { limit: 5 })).toEqual({ entityIds: ['a'] })
  })

  test('goes on where the journal returns fewer than it was asked for', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const oneByOne = async ({ after = '' }: Partial<EntityList>): Promise<EntityIdPage> => {
      const rest = ids.filter((id) => id > after)
      return { entityIds: rest.slice(0, 1), more: true }
    }
    const reader = { ...(await opened([])), entityIds: oneByOne }
    expect(await listEntities(reader, { limit: 3 })).toEqual({ entityIds: ['a', 'b', 'c'], next: 'c' })
    expect(await listEntities(reader, { limit: 5 })).toEqual({ entityIds: ids })
  })

  test('survives a lost request: it is repeated', async () => {
    const store = memoryStore()
    await writeHistory(keyValueJournal(store), { entityType: 'counter', entityId: 'a' }, counted(1))
    let lost = 0
    const losing = async (...args: Parameters<NonNullable<typeof store.keys>>) => {
      if (lost++ === 0) throw new Error('connect ECONNRESET')
      return store.keys?.(...args) ?? { keys: [], more: false }
    }
    const reader = counterReader(keyValueJournal({ ...store, keys: losing }))
    expect(await listEntities(reader, { limit: 5 })).toEqual({ entityIds: ['a'] })
    expect(lost).toBe(2)
  })

  test('is undefined where the journal cannot list', async () => {
    const reader = { ...(await opened([])), entityIds: undefined }
    expect(await listEntities(reader, { limit: 3 })).toBeUndefined()
  })

  test.for<[unknown, string]>([
    [undefined, 'options must be an object such as { limit: 100 }, not undefined.'],
    [{}, 'limit must be a whole number from 1 on, not undefined.'],
    [{ limit: 0 }, 'limit must be a whole number from 1 on, not 0.'],
    [{ limit: 1, after: 5 }, 'after must be a string, not a number.'],
  ])('refuses %j and names the option', async ([options, message]) => {
    const listing = listEntities(await opened([]), options as ListEntitiesOptions)
    await expect(listing).rejects.toMatchObject({ name: 'TypeError', message })
  })
})
