import type { Change } from 'tailfold/store'
import { commitItem, type Item } from '../../src/stores/dynamodb/stored-form.ts'

/** A record of the event that Lambda makes of a stream of new images. */
export interface LambdaStreamRecord {
  readonly eventID: string
  readonly eventName: 'INSERT'
  readonly eventVersion: '1.1'
  readonly eventSource: 'aws:dynamodb'
  readonly awsRegion: string
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number
    readonly Keys: Item
    readonly NewImage: Item
    readonly SequenceNumber: string
    readonly SizeBytes: number
    readonly StreamViewType: 'NEW_IMAGE'
  }
  readonly eventSourceARN: string
}

/**
 * The event in which Lambda hands commits over. Sequence numbers count from 1000.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export function streamEvent(changes: readonly Change[]): { readonly Records: readonly LambdaStreamRecord[] } {
  const records = changes.map(({ key, revision, record = {} }, index): LambdaStreamRecord => {
    const NewImage = commitItem(key, revision, record)
    return {
      eventID: `c4ca4238a0b923820dcc509a6f7584${index}`,
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-west-2',
      dynamodb: {
        ApproximateCreationDateTime: 1_767_225_600,
        Keys: { pk: { S: key }, sk: { N: String(revision) } },
        NewImage,
        SequenceNumber: String(1_000 + index),
        SizeBytes: JSON.stringify(NewImage).length,
        StreamViewType: 'NEW_IMAGE',
      },
      eventSourceARN: 'arn:aws:dynamodb:us-west-2:123456789012:table/bank/stream/2026-07-10T00:00:00.000',
    }
  })
  return { Records: records }
}
