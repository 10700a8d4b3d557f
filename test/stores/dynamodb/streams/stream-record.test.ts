import { type DynamoDbStreamRecord, streamChange } from 'tailfold/dynamodb'
import { describe, expect, test } from 'vitest'
import {
  commandIdItem,
  commitItem,
  type Item,
  snapshotFields,
  snapshotSlot,
} from '../../../../src/stores/dynamodb/stored-form.ts'
import newerFormat from '../../../golden/commit-of-newer-format.json' with { type: 'json' }
import withState from '../../../golden/commit-with-state.json' with { type: 'json' }
import snapshot from '../../../golden/snapshot.json' with { type: 'json' }

const inserted = (NewImage: Item): DynamoDbStreamRecord => ({ eventName: 'INSERT', dynamodb: { NewImage } })
const commit = commitItem('account/acc-001', 7, withState.record)

describe('streamChange', () => {
  test('is the commit that was written, with its record', () => {
    const expected = { key: 'account/acc-001', revision: 7, record: withState.record }
    expect(streamChange(inserted(commit))).toEqual(expected)
    expect(streamChange(inserted({ ...commit, l: { S: 'account' }, k: { S: 'acc-001' } }))).toEqual(expected)
  })

  test('passes on a record of a newer format, which its reader refuses', () => {
    const newer = commitItem('~acme/account/a%2Fb', 1, newerFormat.record)
    const record = newerFormat.record
    expect(streamChange(inserted(newer))).toEqual({ key: '~acme/account/a%2Fb', revision: 1, record })
  })

  test('is the position alone where the record cannot be told from the image', () => {
    const hint = { key: 'account/acc-001', revision: 7 }
    expect(streamChange(inserted({ ...commit, e: { B: new Uint8Array([1]) } }))).toEqual(hint)
    const { pk, sk } = commit
    const keysOnly = { eventName: 'INSERT', dynamodb: { Keys: { pk, sk } } }
    expect(streamChange(keysOnly)).toEqual(hint)
  })

  test.each<[what: string, record: DynamoDbStreamRecord]>([
    ['a snapshot', inserted(commitItem('account/acc-001', snapshotSlot, snapshotFields(snapshot)))],
    [
      'a snapshot beside the slot',
      inserted(commitItem('account/acc-001//3', snapshotSlot, snapshotFields(snapshot))),
    ],
    [
      'a command id',
      inserted(commandIdItem('account/acc-001', 7, { commandId: 'c', expiresAtEpochSeconds: 1 })),
    ],
    ['a row of a view', inserted({ pk: { S: 'w/orders@1/o1' }, sk: { S: '-' }, r: { N: '7' } })],
    [
      'a position of a consumer',
      inserted({ pk: { S: 'p/mail@1/account/acc-001' }, sk: { S: '-' }, r: { N: '7' } }),
    ],
    ['the probe of verify', inserted({ pk: { S: '//verify' }, sk: { N: '0' } })],
    ['a change of an item', { ...inserted(commit), eventName: 'MODIFY' }],
    [
      'a removal',
      { eventName: 'REMOVE', dynamodb: { Keys: { pk: { S: 'account/acc-001' }, sk: { N: '7' } } } },
    ],
    ['an item of another program', inserted({ pk: { S: 'USER#1' }, sk: { N: '7' }, id: { S: '1' } })],
    ['an item without a key of ours', inserted({ userId: { S: '1' } })],
    [
      'an item under the key of an entity',
      inserted({ pk: { S: 'account/acc-001' }, sk: { N: '7' }, id: { S: 'x' } }),
    ],
    ['a revision that is no whole number', inserted({ ...commit, sk: { N: '7.5' } })],
    ['a revision below 1', inserted({ ...commit, sk: { N: '0' } })],
    ['a key with an escape that is none', inserted({ ...commit, pk: { S: 'account/%E0%A4%A' } })],
    ['a key that is no text', { eventName: 'INSERT', dynamodb: { NewImage: { ...commit, pk: { S: 7 } } } }],
    [
      'attributes that are null',
      { eventName: 'INSERT', dynamodb: { NewImage: { pk: null, sk: null, id: null } } },
    ],
    ['a record without images', { eventName: 'INSERT' }],
    ['nothing', {}],
  ])('is undefined for %s', (_, record) => {
    expect(streamChange(record)).toBeUndefined()
  })
})
