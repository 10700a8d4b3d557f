import { App, Stack } from 'aws-cdk-lib'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Code } from 'aws-cdk-lib/aws-lambda'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableDefinition } from '../../../src/stores/dynamodb/table/definition.ts'
import { rowsTableDefinition } from '../../../src/stores/dynamodb/rows/definition.ts'
import { ofType, propertiesIn, samDeployment, statementsOf } from '../../../test/helpers/deployments.ts'
import { EntityApi } from './entity-api.ts'

const name = 'tailfold-bank-dev'

function templateOf(keepTable: boolean): Template {
  const stack = new Stack(new App(), name)
  const code = Code.fromInline('exports.handler = async () => {}')
  const alarmTopic = new Topic(stack, 'Alarms')
  const readModels = { code, handler: 'index.handler' }
  new EntityApi(stack, 'Bank', { name, code, handler: 'index.handler', readModels, keepTable, alarmTopic })
  return Template.fromStack(stack)
}

const dev = templateOf(false)
const sam = samDeployment('dev')

for (const [definition, suffix] of [
  [tableDefinition, ''],
  [rowsTableDefinition, '-rows'],
] as const) {
  test(`the table ${name}${suffix} has the keys, indexes and billing that the store needs, and its past to go back to`, () => {
    const tableName = `${name}${suffix}`
    const { KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes } = definition(tableName)
    const tables = Object.values(dev.findResources('AWS::DynamoDB::Table'))
    const table = tables.find(({ Properties }) => Properties.TableName === tableName)
    assert.deepEqual(
      {
        KeySchema,
        BillingMode,
        GlobalSecondaryIndexes,
        AttributeDefinitions: byName(AttributeDefinitions),
      },
      {
        KeySchema: table?.['Properties'].KeySchema,
        BillingMode: table?.['Properties'].BillingMode,
        GlobalSecondaryIndexes: table?.['Properties'].GlobalSecondaryIndexes,
        AttributeDefinitions: byName(table?.['Properties'].AttributeDefinitions),
      },
    )
    const { PointInTimeRecoverySpecification, TimeToLiveSpecification, SSESpecification } =
      table?.['Properties'] ?? {}
    assert.deepEqual(
      { PointInTimeRecoverySpecification, TimeToLiveSpecification, SSESpecification },
      {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'x', Enabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    )
  })
}

test('the tables of a stage that is kept are protected and outlive its stack', () => {
  const kept = Object.values(templateOf(true).findResources('AWS::DynamoDB::Table'))
  assert.deepEqual(
    kept.map((table) => [
      table['DeletionPolicy'],
      table['UpdateReplacePolicy'],
      table['Properties'].DeletionProtectionEnabled,
    ]),
    kept.map(() => ['Retain', 'Retain', true]),
  )
  assert.equal(kept.length, 2)
  dev.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' })
})

test('the functions may do what those of the SAM template may', () => {
  const documents = Object.values(dev.findResources('AWS::IAM::Policy')).map(
    ({ Properties }) => Properties.PolicyDocument,
  )
  const allowed: string[] = documents.map(({ Statement }) =>
    Statement.map(({ Action }: { Action: string | string[] }) => [Action].flat().join())
      .toSorted()
      .join(' '),
  )
  // CDK lets functions write their log by a managed policy.
  const expected = ['BankRole', 'ReadModelsRole'].map((role) =>
    statementsOf(sam, role)
      .filter(({ Action }) => !Action[0]?.startsWith('logs:'))
      .map(({ Action }) => Action.join())
      .toSorted()
      .join(' '),
  )
  assert.deepEqual(new Set(allowed), new Set(expected))
  const wide = documents
    .flatMap(({ Statement }) => Statement)
    .filter(({ Resource }: { Resource: unknown }) => Resource === '*')
  assert.deepEqual(
    wide.map(({ Action }: { Action: string[] }) => Action[0]?.split(':')[0]),
    ['xray', 'xray'],
  )
})

test('stream, schedule and queue of the read models are those of the SAM template', () => {
  const [
    { filters, EventSourceArn: _stream, FunctionName: _name, DestinationConfig: _queue, ...mapping } = {},
  ] = sam.mappings
  const [own] = Object.values(dev.findResources('AWS::Lambda::EventSourceMapping'))
  dev.hasResourceProperties('AWS::Lambda::EventSourceMapping', mapping)
  assert.deepEqual(
    own?.['Properties'].FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern)),
    filters,
  )
  dev.hasResourceProperties('AWS::SQS::Queue', propertiesIn(sam, 'ReadModelsFailures'))
  const [schedule] = sam.schedules
  dev.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: schedule?.['ScheduleExpression'] })
})

test('one route serves everything', () => {
  dev.resourceCountIs('AWS::ApiGatewayV2::Route', 1)
  dev.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$default' })
})

test('the alarms of the SAM template watch it', () => {
  const kindOf = ({ Namespace, MetricName, Threshold, Period }: Readonly<Record<string, unknown>>) =>
    [Namespace, MetricName, Threshold, Period].join(' ')
  const alarms: ReadonlyArray<{ readonly Properties: Readonly<Record<string, unknown>> }> = Object.values(
    dev.findResources('AWS::CloudWatch::Alarm') as object,
  )
  assert.deepEqual(
    alarms.map(({ Properties }) => kindOf(Properties)).toSorted(),
    ofType(sam.resources, 'AWS::CloudWatch::Alarm')
      .map(({ Properties }) => kindOf(Properties))
      .toSorted(),
  )
  dev.hasResourceProperties('AWS::Logs::MetricFilter', {
    FilterPattern: sam.resources['ConflictBudgetExhausted']?.Properties['FilterPattern'],
  })
  assert.deepEqual(
    alarms.filter(({ Properties }) => Properties.AlarmActions?.length !== 1),
    [],
  )
  dev.hasResourceProperties('AWS::CloudWatch::Alarm', { ExtendedStatistic: 'p99', Threshold: 3_000 })
  dev.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'Parked', Dimensions: Match.absent() })
})

test('load, access log and spending are bounded and described as in the SAM template', () => {
  const { Format } = sam.api.accessLog as { Format: string }
  dev.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    StageName: '$default',
    DefaultRouteSettings: sam.api.throttling,
    AccessLogSettings: { Format },
  })
  const { ReservedConcurrentExecutions } = sam.functions['tailfold-bank-dev-bank'] ?? {}
  dev.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions })
  const { Budget, NotificationsWithSubscribers } = sam.resources['Budget']?.Properties ?? {}
  dev.hasResourceProperties('AWS::Budgets::Budget', {
    Budget,
    NotificationsWithSubscribers: (NotificationsWithSubscribers as Array<{ Notification: object }>).map(
      ({ Notification }) => ({ Notification }),
    ),
  })
})

interface Named {
  readonly AttributeName?: string | undefined
}

function byName<Attribute extends Named>(attributes: readonly Attribute[] = []): readonly Attribute[] {
  return attributes.toSorted((a, b) => String(a.AttributeName).localeCompare(String(b.AttributeName)))
}
