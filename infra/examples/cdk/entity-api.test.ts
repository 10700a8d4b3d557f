import { App, Stack } from 'aws-cdk-lib'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Code } from 'aws-cdk-lib/aws-lambda'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableDefinition } from '../../../src/stores/dynamodb/table/definition.ts'
import { samDeployment } from '../../../test/helpers/deployments.ts'
import { EntityApi } from './entity-api.ts'

const name = 'tailfold-bank-dev'

function templateOf(keepTable: boolean): Template {
  const stack = new Stack(new App(), name)
  const code = Code.fromInline('exports.handler = async () => {}')
  const alarmTopic = new Topic(stack, 'Alarms')
  new EntityApi(stack, 'Bank', { name, code, handler: 'index.handler', keepTable, alarmTopic })
  return Template.fromStack(stack)
}

const dev = templateOf(false)
const sam = samDeployment('dev')

test('the table has the name, keys, indexes and billing that the store needs, and its past to go back to', () => {
  const { KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes } = tableDefinition(name)
  const [table] = Object.values(dev.findResources('AWS::DynamoDB::Table'))
  assert.deepEqual(
    {
      KeySchema,
      BillingMode,
      GlobalSecondaryIndexes,
      AttributeDefinitions: byName(AttributeDefinitions),
    },
    {
      KeySchema: table?.Properties.KeySchema,
      BillingMode: table?.Properties.BillingMode,
      GlobalSecondaryIndexes: table?.Properties.GlobalSecondaryIndexes,
      AttributeDefinitions: byName(table?.Properties.AttributeDefinitions),
    },
  )
  dev.hasResourceProperties('AWS::DynamoDB::Table', {
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: 'x', Enabled: true },
  })
})

test('the table of a stage that is kept is protected and outlives its stack', () => {
  templateOf(true).hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: { DeletionProtectionEnabled: true },
  })
  dev.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' })
})

test('the function may query and put items, nothing else in DynamoDB', () => {
  const policies = Object.values(dev.findResources('AWS::IAM::Policy'))
  const actions = policies.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  )
  const inDynamoDb = actions.filter((action) => action.startsWith('dynamodb:'))
  assert.deepEqual(new Set(inDynamoDb), new Set(['dynamodb:Query', 'dynamodb:PutItem']))
})

test('one route serves everything', () => {
  dev.resourceCountIs('AWS::ApiGatewayV2::Route', 1)
  dev.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$default' })
})

test('five alarms watch it', () => {
  dev.resourceCountIs('AWS::CloudWatch::Alarm', 5)
  dev.hasResourceProperties('AWS::Logs::MetricFilter', {
    FilterPattern: sam.resources['ConflictBudgetExhausted']?.Properties['FilterPattern'],
  })
  const alarms = Object.values(dev.findResources('AWS::CloudWatch::Alarm'))
  assert.deepEqual(
    alarms.filter(({ Properties }) => Properties.AlarmActions?.length !== 1),
    [],
  )
  dev.hasResourceProperties('AWS::CloudWatch::Alarm', { ExtendedStatistic: 'p99', Threshold: 3_000 })
  dev.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: name, Dimensions: Match.absent() })
})

test('load, access log and spending are bounded and described as in the SAM template', () => {
  const { Format } = sam.api.accessLog as { Format: string }
  dev.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
    StageName: '$default',
    DefaultRouteSettings: sam.api.throttling,
    AccessLogSettings: { Format },
  })
  const { ReservedConcurrentExecutions } = sam.bankFunction
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
