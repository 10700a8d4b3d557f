import { hash } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { StoredCommandId, StoredCommit, StoredRecord, StoredSnapshot } from '../../journal/store.ts'

/**
 * Item layout. Items once written stay readable; the fields of a record are specified in journal/commit-record.ts.
 *
 *   pk  S  the entity's key: `account/acc-001`
 *   sk  N  of a commit: its revision. Of the snapshot: 9000000000000000, after every revision, so that one descending
 *          query meets the snapshot first and then the newest commits
 *   …      every field of the record under its own name: text as S, a number as N
 *   sr  N  of the snapshot: the revision of its state
 *   sv  N  of the snapshot: the schema version of its state
 *
 *   l   S  of the commit at revision 1, where entities are listed: the key up to its last `/`, as `account`
 *   k   S  with `l` only: the key after it, as `acc-001`. Only such items stand in the index `entities` (l, k). The index
 *          is not made of `pk`, for DynamoDB holds every item with a key of an index to that index's limits
 *
 * A command id kept by `dedupe: 'always'` has an item of its own:
 *
 *   pk  S  the entity's key, `//` and base64url(SHA-256(command id)); no entity's key holds `//`
 *   sk  N  0
 *   r   N  the revision of the commit that recorded it
 *   x   N  seconds since the Unix epoch after which DynamoDB's time to live may delete it
 *
 * Size of an item by AWS's rules: for every attribute the UTF-8 bytes of its name, and of its value
 *   S  the UTF-8 bytes
 *   N  one byte, one for every two significant digits, one more below zero. The digits pair up from the decimal point,
 *      as in 1|20: leading and trailing pairs of zeros are free. AWS says "approximately"; this is the largest reading.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export type Item = Record<string, AttributeValue>

/** Where the snapshot stands: one significant digit, so that it is small; below `Number.MAX_SAFE_INTEGER`. */
export const snapshotSlot = 9_000_000_000_000_000

/** Largest item. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items */
export const maxItemBytes = 409_600

/** Writes are billed per started multiple. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
export const writeUnitBytes = 1024

/** Names the sparse index of first commits, and its hash and range key. */
export const entityIndex = 'entities'

export const listAttribute = 'l'
export const listedAttribute = 'k'

/** Longest range key of an index. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys */
export const maxListedBytes = 1_024

/** Attributes that are no fields of the record. */
const besideCommit = ['pk', 'sk', listAttribute, listedAttribute]
const besideSnapshot = ['pk', 'sk', 'sr', 'sv']

/** The item of a commit. */
export function commitItem(key: string, revision: number, record: StoredRecord): Item {
  return toItem({ ...record, pk: key, sk: revision })
}

/** What puts a commit into the index: nothing but for the first of an entity. */
export function listFields(key: string, revision: number): StoredRecord {
  const list = listOf(key)
  const listed = key.slice(list.length + 1)
  const isListed = revision === 1 && listed !== '' && listed.length <= maxListedBytes
  return isListed ? { [listAttribute]: list, [listedAttribute]: listed } : {}
}

/** The value of `l` for a key, or for the prefix of keys that ends with `/`. */
export function listOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'))
}

/** The item of a snapshot. */
export function snapshotItem(key: string, { revision, schemaVersion, record }: StoredSnapshot): Item {
  return toItem({ ...record, pk: key, sk: snapshotSlot, sr: revision, sv: schemaVersion })
}

/** Names the attribute that DynamoDB's time to live reads. */
export const expiryAttribute = 'x'

/** The partition key of a command id: hashed, for a key has 2,048 bytes at most. The commit itself holds the full id. */
export function commandIdKey(key: string, commandId: string): string {
  return `${key}//${hash('sha256', commandId, 'base64url')}`
}

/** The item of a command id. */
export function commandIdItem(key: string, revision: number, id: StoredCommandId): Item {
  const { commandId, expiresAtEpochSeconds } = id
  return toItem({
    pk: commandIdKey(key, commandId),
    sk: 0,
    r: revision,
    [expiryAttribute]: expiresAtEpochSeconds,
  })
}

/** True for the item in the snapshot slot. */
export function isSnapshot(item: Item): boolean {
  return Number(item['sk']?.N) === snapshotSlot
}

/** The commit of an item. */
export function commitOf(item: Item): StoredCommit {
  return { revision: Number(item['sk']?.N), record: toRecord(item, besideCommit) }
}

/** The snapshot of an item. */
export function snapshotOf(item: Item): StoredSnapshot {
  const { sr, sv } = item
  return { revision: Number(sr?.N), schemaVersion: Number(sv?.N), record: toRecord(item, besideSnapshot) }
}

/** Size of a commit's item, never less than AWS bills. */
export function commitItemBytes(key: string, revision: number, record: StoredRecord): number {
  let bytes = 'pk'.length + Buffer.byteLength(key) + 'sk'.length + numberBytes(revision)
  for (const [name, value] of Object.entries(record)) bytes += fieldBytes(name, value)
  return bytes
}

function fieldBytes(name: string, value: string | number): number {
  return Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : numberBytes(value))
}

function numberBytes(value: number): number {
  let rest = Math.abs(value)
  while (rest >= 100 && rest % 100 === 0) rest /= 100
  let bytes = value < 0 ? 2 : 1
  for (; rest >= 1; rest = Math.floor(rest / 100)) bytes++
  return bytes
}

function toItem(record: StoredRecord): Item {
  const item: Item = {}
  for (const [name, value] of Object.entries(record)) {
    item[name] = typeof value === 'string' ? { S: value } : { N: String(value) }
  }
  return item
}

/** The fields of an item without those that stand beside the record. */
function toRecord(item: Item, beside: readonly string[]): StoredRecord {
  const record: Record<string, string | number> = {}
  for (const [name, { S, N }] of Object.entries(item)) {
    if (!beside.includes(name)) record[name] = S === undefined ? Number(N) : S
  }
  return record
}
