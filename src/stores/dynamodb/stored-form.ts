import { byteLength, sha256 } from '#bytes'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { StoredCommandId, StoredCommit, StoredRecord, StoredSnapshot } from '../../journal/store.ts'

/**
 * Item layout. Items stay readable in all later versions; journal/commit-record.ts specifies the fields of a record.
 *
 *   pk  S  the entity's key: `account/acc-001`
 *   sk  N  commit: its revision. Snapshot: 9000000000000000, after every revision, so that one descending query returns
 *          the snapshot first and then the newest commits
 *   …      every field of the record under its own name: text as S, a number as N
 *   sr  N  snapshot: the revision of its state
 *   sv  N  snapshot: the schema version of its state
 *
 *   l   S  commit at revision 1, where entities are listed: the key up to its last `/`, such as `account`
 *   k   S  with `l` only: the key after it, such as `acc-001`. Only these items are in the index `entities` (l, k). The
 *          index does not use `pk`, because DynamoDB holds every item with a key of an index to that index's limits
 *
 * An entity has further partitions, named by its key, `//` and a suffix. No entity's key contains `//`, so they belong to
 * no other entity, and they begin with the entity's key, so `dynamodb:LeadingKeys` treats them like the entity:
 *
 *   `account/acc-001//3`        the snapshot of a schema version, here 3, while the slot above holds a newer one; the same
 *                               form and the same sk as in the slot. The suffix has 1 to 16 characters
 *   `account/acc-001//q2w…`     a command id kept by `dedupe: 'always'`. The suffix is base64url(SHA-256(command id)) and
 *                               has 43 characters, so it is never that of a snapshot
 *     sk  N  0
 *     r   N  the revision of the commit that recorded it
 *     x   N  seconds since the Unix epoch after which DynamoDB's time to live may delete it
 *
 * Size of an item by AWS's rules: for every attribute the UTF-8 bytes of its name, and of its value
 *   S  the UTF-8 bytes
 *   N  one byte, one for every two significant digits, one more below zero. The digits pair up from the decimal point,
 *      as in 1|20: leading and trailing pairs of zeros are free. AWS says "approximately"; this is the largest reading.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export type Item = Record<string, AttributeValue>

/** The sort key of a snapshot: one significant digit, so that it is small; below `Number.MAX_SAFE_INTEGER`. */
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

/** Names the attribute that DynamoDB's time to live reads. */
export const expiryAttribute = 'x'

/** The item of a commit. */
export function commitItem(key: string, revision: number, record: StoredRecord): Item {
  const item = toItem(record)
  item['pk'] = { S: key }
  item['sk'] = { N: String(revision) }
  return item
}

/** The commit of an item. */
export function commitOf(item: Item): StoredCommit {
  const record: Record<string, string | number> = {}
  for (const name in item) {
    if (name !== 'pk' && name !== 'sk' && name !== listAttribute && name !== listedAttribute)
      record[name] = valueOf(item[name])
  }
  return { revision: Number(item['sk']?.N), record }
}

/** What puts a commit into the index: nothing except for the first of an entity. */
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

/** The record of a snapshot together with what is stored beside it. */
export function snapshotFields({ revision, schemaVersion, record }: StoredSnapshot): StoredRecord {
  return { ...record, sr: revision, sv: schemaVersion }
}

/** The snapshot of an item; `undefined` for an item outside the slot. */
export function snapshotOf(item: Item): StoredSnapshot | undefined {
  if (Number(item['sk']?.N) !== snapshotSlot) return undefined
  const { sr, sv, ...record } = commitOf(item).record
  return { revision: Number(sr), schemaVersion: Number(sv), record }
}

/** The values of `pk = :pk AND sk BETWEEN :from AND :to`. */
export function keyRange(key: string, from: number, to: number): Item {
  return { ':pk': { S: key }, ':from': { N: String(from) }, ':to': { N: String(to) } }
}

/** The partition of a command id: hashed, because a key has at most 2,048 bytes. The commit itself holds the full id. */
export function commandIdKey(key: string, commandId: string): string {
  return `${key}//${sha256(commandId)}`
}

/** The item of a command id. */
export function commandIdItem(key: string, revision: number, id: StoredCommandId): Item {
  const { commandId, expiresAtEpochSeconds } = id
  return commitItem(commandIdKey(key, commandId), 0, {
    r: revision,
    [expiryAttribute]: expiresAtEpochSeconds,
  })
}

/** Size of a commit's item, never less than AWS bills. Keys and names are ASCII. */
export function commitItemBytes(key: string, revision: number, record: StoredRecord): number {
  let bytes = 'pksk'.length + key.length + numberBytes(revision)
  let texts = ''
  for (const name in record) {
    const value = record[name]
    bytes += name.length
    if (typeof value === 'string') texts += value
    else bytes += numberBytes(value)
  }
  return bytes + byteLength(texts)
}

/** Most bytes of a UTF-16 unit in UTF-8, and more than any name and number need. */
const maxBytesPerUnit = 3
const maxBytesPerField = 64

/**
 * The size of an item that DynamoDB does not take; `undefined` for others. Measures the bytes only where the number of
 * characters leaves it open, since the journal has measured every record before.
 */
export function excessiveBytes(key: string, revision: number, record: StoredRecord): number | undefined {
  let most = maxBytesPerUnit * key.length + maxBytesPerField
  for (const name in record) {
    const value = record[name]
    most +=
      maxBytesPerField + maxBytesPerUnit * (name.length + (typeof value === 'string' ? value.length : 0))
  }
  if (most <= maxItemBytes) return undefined
  const bytes = commitItemBytes(key, revision, record)
  return bytes > maxItemBytes ? bytes : undefined
}

/** Of 38 significant digits, the most that DynamoDB keeps, and a sign. */
const maxNumberBytes = 21

function numberBytes(value = 0): number {
  let rest = Math.abs(value)
  while (rest >= 100 && rest % 100 === 0) rest /= 100
  let bytes = value < 0 ? 2 : 1
  for (; rest >= 1 && bytes < maxNumberBytes; rest = Math.floor(rest / 100)) bytes++
  return bytes
}

function toItem(record: StoredRecord): Item {
  const item: Item = {}
  for (const name in record) {
    const value = record[name]
    item[name] = typeof value === 'string' ? { S: value } : { N: String(value) }
  }
  return item
}

function valueOf({ S, N }: Partial<AttributeValue> = {}): string | number {
  return S === undefined ? Number(N) : S
}
