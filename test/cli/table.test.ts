import { tableDefinition } from 'tailfold/dynamodb'
import { describe, expect, test } from 'vitest'
import { carryOut } from '../../src/cli/table-actions.ts'
import { type CannedAnswer, cannedDynamoDb } from '../helpers/canned-dynamodb.ts'

const definition = tableDefinition('bank')
/** A table of AWS as it should be. */
const described = {
  TableName: 'bank',
  TableStatus: 'ACTIVE',
  KeySchema: definition.KeySchema,
  AttributeDefinitions: definition.AttributeDefinitions,
  GlobalSecondaryIndexes: definition.GlobalSecondaryIndexes,
  BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
  StreamSpecification: definition.StreamSpecification,
  LatestStreamArn: 'arn:aws:dynamodb:eu-central-1:111122223333:table/bank/stream/2026-07-01T00:00:00.000',
}
const enabled = {
  DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'x' } },
  DescribeContinuousBackups: {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
    },
  },
}

/** What `tailfold table describe --json` prints of a table with these changes. */
async function describeTable(changes: object, answers: Readonly<Record<string, CannedAnswer>> = enabled) {
  await using server = await cannedDynamoDb({
    DescribeTable: { Table: { ...described, ...changes } },
    ...answers,
  })
  const { endpoint } = server
  const client = { endpoint, region: 'local', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } }
  let printed = ''
  const request = { action: 'describe', tableName: 'bank', client, json: true, timeoutSeconds: 1 } as const
  await carryOut(request, (text) => (printed += text))
  return JSON.parse(printed) as { advice: readonly string[] }
}

describe('tailfold table describe', () => {
  test('has nothing to say about a table as Tailfold creates it', async () => {
    expect(await describeTable({})).toEqual({
      tableName: 'bank',
      status: 'ACTIVE',
      keys: 'pk S as HASH, sk N as RANGE',
      billing: 'PAY_PER_REQUEST',
      itemCount: 0,
      sizeBytes: 0,
      indexes: ['entities: l S as HASH, k S as RANGE (ACTIVE)'],
      timeToLive: 'on',
      pointInTimeRecovery: 'on',
      deletionProtection: 'off',
      stream: 'NEW_IMAGE',
      replicas: [],
      advice: [],
    })
  })

  test('shows the settings of a deployed table, and names those that are off', async () => {
    const changes = {
      BillingModeSummary: undefined,
      DeletionProtectionEnabled: true,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      ItemCount: 12,
      TableSizeBytes: 3_400,
    }
    const { advice, ...report } = await describeTable(changes, {
      DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'other' } },
      DescribeContinuousBackups: {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
        },
      },
    })
    expect(report).toMatchObject({
      billing: 'PROVISIONED',
      itemCount: 12,
      sizeBytes: 3_400,
      timeToLive: 'off',
      pointInTimeRecovery: 'off',
      deletionProtection: 'on',
      stream: 'NEW_IMAGE',
    })
    expect(advice).toEqual([
      expect.stringMatching(
        /^has no time to live on x: .*; `npx tailfold table create --table bank` enables it$/,
      ),
      expect.stringMatching(/^has no point-in-time recovery: .*; aws dynamodb update-continuous-backups /),
    ])
  })

  test('does not know the settings that it may not read', async () => {
    expect(await describeTable({}, {})).toMatchObject({
      timeToLive: 'unknown',
      pointInTimeRecovery: 'unknown',
      advice: [],
    })
  })

  test('shows replicas, and what strong consistency rules out', async () => {
    const replicas = { Replicas: [{ RegionName: 'eu-west-1' }], MultiRegionConsistency: 'STRONG' }
    expect(await describeTable(replicas)).toMatchObject({
      replicas: ['eu-west-1 (strong)'],
      advice: [expect.stringContaining("dedupe: 'always' fails")],
    })
  })

  test('says how to add the index to a table that was created without it', async () => {
    const attributes = definition.AttributeDefinitions?.slice(0, 2)
    const { advice } = await describeTable({
      GlobalSecondaryIndexes: undefined,
      AttributeDefinitions: attributes,
    })
    expect(advice).toEqual([
      `has no index entities: entities cannot be listed, everything else works; if you list entities: aws dynamodb update-table --table-name bank --attribute-definitions '[{"AttributeName":"l","AttributeType":"S"},{"AttributeName":"k","AttributeType":"S"}]' --global-secondary-index-updates '[{"Create":{"IndexName":"entities","KeySchema":[{"AttributeName":"l","KeyType":"HASH"},{"AttributeName":"k","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}}]'`,
    ])
  })

  test('fails for a table that must not be used', async () => {
    await expect(
      describeTable({ Replicas: [{ RegionName: 'eu-west-1' }], MultiRegionConsistency: 'EVENTUAL' }),
    ).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: false,
      message: expect.stringContaining(
        'table bank is a global table with eventually consistent replicas (eu-west-1)',
      ),
    })
  })
})
