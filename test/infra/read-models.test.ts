import { describe, expect, test } from 'vitest'
import { samDeployment, statementsOf } from '../helpers/deployments.ts'
import { sentBy, sourceOf } from '../helpers/sent-commands.ts'

const deployed = samDeployment('dev')
const name = 'tailfold-bank-dev-read-models'

describe('the function of the read models', () => {
  test('has a minute, the names of both tables and a role of its own', () => {
    expect(deployed.functions[name]).toMatchObject({
      Handler: 'build/bank/read-models.handler',
      Timeout: 60,
      Environment: {
        Variables: { TAILFOLD_TABLE: 'tailfold-bank-dev', TAILFOLD_ROWS_TABLE: 'tailfold-bank-dev-rows' },
      },
      Role: 'ReadModelsRole.Arn',
    })
  })

  test('is fed by the stream of the journal from its oldest record on, and takes commits alone', () => {
    expect(deployed.mappings).toEqual([
      {
        FunctionName: name,
        EventSourceArn: 'tailfold-bank-dev.StreamArn',
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 100,
        MaximumRetryAttempts: 20,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        filters: [{ eventName: ['INSERT'], dynamodb: { NewImage: { id: { S: [{ exists: true }] } } } }],
        DestinationConfig: { OnFailure: { Destination: `${name}-failures.Arn` } },
      },
    ])
  })

  test('is called each five minutes for what waits', () => {
    expect(deployed.schedules).toEqual([{ FunctionName: name, ScheduleExpression: 'rate(5 minutes)' }])
  })

  test('notes what Lambda gave up for 14 days, encrypted', () => {
    expect(deployed.resources['ReadModelsFailures']?.Properties).toEqual({
      QueueName: `${name}-failures`,
      MessageRetentionPeriod: 14 * 24 * 3_600,
      SqsManagedSseEnabled: true,
    })
  })
})

describe('the role of the read models', () => {
  const allowed = statementsOf(deployed, 'ReadModelsRole').map(({ Action, Resource }) => [
    Resource,
    ...Action,
  ])

  test('allows what consumers, views and catch-ups send, and no write to the journal', () => {
    expect(allowed).toEqual([
      ['tailfold-bank-dev.Arn', 'dynamodb:Query', 'dynamodb:Scan'],
      [
        'tailfold-bank-dev.StreamArn',
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
      ],
      ['tailfold-bank-dev-rows.Arn', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
      ['tailfold-bank-dev-rows.Arn/index/index1', 'dynamodb:Query'],
      [`${name}-failures.Arn`, 'sqs:SendMessage'],
      [`/aws/lambda/${name}.Arn`, 'logs:CreateLogStream', 'logs:PutLogEvents'],
      ['*', 'xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    ])
  })

  test('covers what the row store sends but for removals and scans, which are for people', () => {
    expect(sentBy(sourceOf('rows/rows.ts')).toSorted()).toEqual([
      'BatchGetItem',
      'BatchWriteItem',
      'PutItem',
      'Query',
      'Scan',
      'TransactWriteItems',
    ])
    expect(sentBy(sourceOf('scan.ts'))).toEqual(['Scan'])
  })
})

describe('nothing that is deployed', () => {
  const roles = ['BankRole', 'ReadModelsRole']

  test('may do anything to everything: only X-Ray, which has no resources, is allowed on all', () => {
    const wide = roles
      .flatMap((role) => statementsOf(deployed, role))
      .filter(({ Action, Resource }) => [Resource, ...Action].flat().some((each) => each.includes('*')))
    expect(wide.map(({ Action }) => Action)).toEqual(
      roles.map(() => ['xray:PutTraceSegments', 'xray:PutTelemetryRecords']),
    )
  })

  test('lacks encryption or a limit on how long it keeps its log', () => {
    const stored = Object.values(deployed.resources).map(({ Type, Properties }) => {
      if (Type === 'AWS::DynamoDB::Table') return Properties['SSESpecification']
      if (Type === 'AWS::SQS::Queue') return Properties['SqsManagedSseEnabled']
      if (Type === 'AWS::Logs::LogGroup') return Properties['RetentionInDays']
      return true
    })
    expect(stored.filter((each) => each === undefined)).toEqual([])
  })
})
