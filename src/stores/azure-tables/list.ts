import type { RequestOptions } from '../../core/base/cost.ts'
import type { KeyPage } from '../../journal/store.ts'
import type { TableClient } from './client.ts'
import { type Continuation, queryPage } from './entities.ts'
import { commitsOfEntities, keyOfPartition, partitionsOf } from './keys.ts'

/**
 * Keys with commits, from their partitions. A page of rows covers those of many short entities; one with many rows is passed
 * over by the next request. So a request finds 1 to 1,000 keys. Leaves out keys of more than 512 characters.
 */
export async function listKeys(
  client: TableClient,
  prefix: string,
  after: string,
  limit: number,
  request: RequestOptions | undefined,
): Promise<KeyPage> {
  const { before, ...start } = partitionsOf(prefix, after)
  const { from: lowest, before: highest } = commitsOfEntities
  const keys: string[] = []
  let last = start.after
  for (let from: Continuation | undefined; ; ) {
    const filter = `PartitionKey gt '${last}' and PartitionKey lt '${before}' and RowKey ge '${lowest}' and RowKey lt '${highest}'`
    const { entities, next } = await queryPage(
      client,
      'list keys',
      { filter, select: ['PartitionKey'], from },
      request,
    )
    for (const { PartitionKey = '' } of entities) {
      if (PartitionKey === last) continue
      last = PartitionKey
      const key = keyOfPartition(PartitionKey)
      if (key === undefined) continue
      if (keys.length === limit) return { keys, more: true }
      keys.push(key)
    }
    if (next === undefined) return { keys, more: false }
    // The rest of the last partition need not be read; a page without rows has to be continued where it ended.
    from = entities.length === 0 ? next : undefined
  }
}
