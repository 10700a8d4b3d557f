import { DeleteItemCommand, type DeleteItemCommandInput } from '@aws-sdk/client-dynamodb'
import type { RequestOptions } from '../../core/base/cost.ts'
import { snapshotKeyBeside } from '../../journal/key.ts'
import type { TableRequests } from './requests.ts'
import { type Item, keyRange, snapshotOf, snapshotSlot } from './stored-form.ts'

/** Commits that are read at once. */
const pageItems = 100

/** Schema versions below that in the slot whose snapshots are looked for. */
const olderVersions = 100

/**
 * Removes the commits after a revision and the snapshots newer than it; resolves with how many commits. Snapshots go first
 * and commits from the newest on, one request each: an interruption leaves no snapshot beyond the end and no new gap.
 * Items of command ids stay until they expire. Needs `dynamodb:DeleteItem`, which functions do not have.
 */
export async function truncate(
  { query, write }: TableRequests,
  tableName: string,
  key: string,
  lastRevision: number,
  request: RequestOptions,
): Promise<number> {
  const newestFirst = (from: number, to: number) =>
    query(
      'truncate',
      {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: keyRange(key, from, to),
        ProjectionExpression: 'pk, sk, sr, sv',
        ScanIndexForward: false,
        Limit: pageItems,
      },
      request,
    )
  const remove = (Key: Item, condition: Partial<DeleteItemCommandInput> = {}) =>
    write('truncate', new DeleteItemCommand({ TableName: tableName, Key, ...condition }), request)

  async function removeSnapshots(): Promise<void> {
    const slot = await newestFirst(snapshotSlot, snapshotSlot)
    const newest = slot.items[0] && snapshotOf(slot.items[0])?.schemaVersion
    if (newest === undefined) return
    const partitions = [key]
    for (let version = newest - 1; version > Math.max(0, newest - 1 - olderVersions); version--)
      partitions.unshift(snapshotKeyBeside(key, version))
    for (const partition of partitions) {
      await remove(
        { pk: { S: partition }, sk: { N: String(snapshotSlot) } },
        {
          ConditionExpression: 'attribute_not_exists(pk) OR sr > :last',
          ExpressionAttributeValues: { ':last': { N: String(lastRevision) } },
        },
      )
    }
  }

  await removeSnapshots()
  for (let removed = 0; ; ) {
    const { items, more } = await newestFirst(lastRevision + 1, snapshotSlot - 1)
    for (const { pk, sk } of items) await remove({ pk, sk } as Item)
    removed += items.length
    if (!more) return removed
  }
}
