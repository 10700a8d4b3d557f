import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Change } from '../../../core/journal/journal.ts'
import { entityOf } from '../../../journal/key.ts'
import type { StoredRecord } from '../../../journal/store.ts'
import { listAttribute, listedAttribute, snapshotSlot } from '../stored-form.ts'

/**
 * A record of a DynamoDB stream, as Lambda, `GetRecords` and Kinesis Data Streams for DynamoDB deliver it; only what is
 * read of it.
 */
export interface DynamoDbStreamRecord {
  /** `INSERT`, `MODIFY` or `REMOVE`. */
  readonly eventName?: string | undefined
  readonly dynamodb?:
    | {
        readonly Keys?: StreamImage | undefined
        readonly NewImage?: StreamImage | undefined
        readonly SequenceNumber?: string | undefined
      }
    | undefined
}

type StreamImage = Readonly<Record<string, unknown>>

/** A value of an image; a foreign record may have any other. */
type Attribute = Partial<AttributeValue> | undefined

/**
 * The commit that a stream record announces; `undefined` for a record that announces none: another kind of item of
 * Tailfold (a snapshot, a command id, a row), an item of another program, a removal. The record of the commit comes along
 * where the stream has new images and this version can hold it; the journal has it in any case. Never throws.
 */
export function streamChange({ eventName, dynamodb }: DynamoDbStreamRecord): Change | undefined {
  // A commit is written once. Nothing else that is a commit's item changes what a journal holds.
  if (eventName !== 'INSERT') return undefined
  const image = dynamodb?.NewImage
  return image === undefined ? hintOf(dynamodb?.Keys ?? {}) : itemChange(image)
}

/** The same for an item of the table. */
export function itemChange(image: StreamImage): Change | undefined {
  const hint = isCommit(image) ? hintOf(image) : undefined
  const record = hint && recordOf(image)
  return hint && record ? { ...hint, record } : hint
}

function hintOf({ pk, sk }: StreamImage): Pick<Change, 'key' | 'revision'> | undefined {
  const key = (pk as Attribute)?.S
  const revision = Number((sk as Attribute)?.N)
  const isCommitKey = typeof key === 'string' && isRevision(revision) && entityOf(key) !== undefined
  return isCommitKey ? { key, revision } : undefined
}

/** Commits are the items with all of these, in every version of the stored form. */
function isCommit({ v, id, h }: StreamImage): boolean {
  const [version, commitId, hash] = [v, id, h] as readonly Attribute[]
  return version?.N !== undefined && commitId?.S !== undefined && hash?.S !== undefined
}

function isRevision(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value < snapshotSlot
}

/** The fields of a commit; `undefined` where one is of a type that this version does not write. */
function recordOf(image: StreamImage): StoredRecord | undefined {
  const record: Record<string, string | number> = {}
  for (const name in image) {
    if (name === 'pk' || name === 'sk' || name === listAttribute || name === listedAttribute) continue
    const { S, N } = (image[name] ?? {}) as Partial<AttributeValue>
    if (S !== undefined) record[name] = S
    else if (N !== undefined) record[name] = Number(N)
    else return undefined
  }
  return record
}
