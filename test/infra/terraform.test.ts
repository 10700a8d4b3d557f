import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableDefinition } from 'tailfold/dynamodb'
import { expect, test } from 'vitest'
import { timeToLiveDefinition } from '../../src/stores/dynamodb/table/definition.ts'
import { ofType, only, samDeployment } from '../helpers/deployments.ts'
import { root } from '../helpers/doc-blocks.ts'
import { parseTerraform, type TerraformBlock } from '../helpers/terraform.ts'

const folder = join(root, 'infra/examples/terraform')
const files = readdirSync(folder).filter((name) => name.endsWith('.tf'))
const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
const blocks = parseTerraform(text)

function resource(type: string, name: string): TerraformBlock {
  const found = blocks.find(({ header }) => header.join('.') === `resource.${type}.${name}`)
  if (found === undefined) throw new Error(`There is no resource ${type}.${name}.`)
  return found
}

function inner(block: TerraformBlock, name: string) {
  return block.blocks.filter(({ header }) => header[0] === name).map(({ attributes }) => attributes)
}

const sam = samDeployment('dev')

test('the table of the Terraform module has keys, indexes, billing and time to live that the store needs', () => {
  const table = resource('aws_dynamodb_table', 'journal')
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = tableDefinition('any')
  const keys = (schema = KeySchema ?? []) =>
    Object.fromEntries(
      schema.map(({ KeyType, AttributeName }) => [`${KeyType?.toLowerCase()}_key`, AttributeName]),
    )
  expect(table.attributes).toMatchObject({ name: 'var.name', billing_mode: BillingMode, ...keys() })
  expect(inner(table, 'attribute')).toEqual(
    AttributeDefinitions?.map(({ AttributeName, AttributeType }) => ({
      name: AttributeName,
      type: AttributeType,
    })),
  )
  expect(inner(table, 'global_secondary_index')).toEqual(
    GlobalSecondaryIndexes?.map(({ IndexName, KeySchema: schema, Projection }) => ({
      name: IndexName,
      projection_type: Projection?.ProjectionType,
      ...keys(schema),
    })),
  )
  const { AttributeName } = timeToLiveDefinition('any').TimeToLiveSpecification ?? {}
  expect(inner(table, 'ttl')).toEqual([{ attribute_name: AttributeName, enabled: 'true' }])
})

test('it is protected where it is to be kept, has a stream, its past to go back to, and is encrypted', () => {
  const table = resource('aws_dynamodb_table', 'journal')
  expect(table.attributes).toMatchObject({
    deletion_protection_enabled: 'var.keep_table',
    stream_enabled: 'true',
    stream_view_type: 'NEW_IMAGE',
  })
  expect(inner(table, 'point_in_time_recovery')).toEqual([{ enabled: 'true' }])
  expect(inner(table, 'server_side_encryption')).toEqual([{ enabled: 'true' }])
})

test('the module allows the same actions as the SAM template', () => {
  const [role] = ofType(sam.resources, 'AWS::IAM::Role')
  const { Policies } = (role?.Properties ?? {}) as {
    Policies: ReadonlyArray<{ PolicyDocument: { Statement: ReadonlyArray<{ Action: readonly string[] }> } }>
  }
  const expected = Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map(({ Action }) => Action),
  )
  const { policy = '' } = resource('aws_iam_role_policy', 'function').attributes
  const actions = [...policy.matchAll(/Action\s+= (\[.*\])$/gm)].map(
    ([, list = '']) => JSON.parse(list) as unknown,
  )
  expect(actions).toEqual(expected)
})

test('its function is that of the SAM template', () => {
  const lambda = resource('aws_lambda_function', 'this')
  const { Runtime, Architectures, MemorySize, Timeout, TracingConfig, Environment } = sam.bankFunction
  expect(lambda.attributes).toMatchObject({
    runtime: Runtime,
    architectures: JSON.stringify(Architectures),
    memory_size: String(MemorySize),
    timeout: String(Timeout),
    reserved_concurrent_executions: 'var.reserved_concurrency',
  })
  expect(inner(lambda, 'tracing_config')).toEqual([{ mode: (TracingConfig as { Mode: string }).Mode }])
  const { Variables } = Environment as { Variables: object }
  const [{ variables = '' } = {}] = inner(lambda, 'environment')
  expect([...variables.matchAll(/^\s*(\w+) =/gm)].map(([, name]) => name)).toEqual(Object.keys(Variables))
})

test('it serves every route by one', () => {
  expect(resource('aws_apigatewayv2_route', 'default').attributes['route_key']).toBe('$default')
})

/** The default of a variable, which SAM has as the default of a parameter. */
function defaultOf(name: string): string | undefined {
  return blocks.find(({ header }) => header.join('.') === `variable.${name}`)?.attributes['default']
}

test('its bounds of load and spending are those of the SAM template', () => {
  const stage = resource('aws_apigatewayv2_stage', 'default')
  expect(inner(stage, 'default_route_settings')).toEqual([
    { throttling_rate_limit: 'var.requests_per_second', throttling_burst_limit: 'var.requests_burst' },
  ])
  const { BudgetLimit } = only('AWS::Budgets::Budget', sam).Properties['Budget'] as {
    BudgetLimit: { Amount: number }
  }
  expect({
    ThrottlingRateLimit: Number(defaultOf('requests_per_second')),
    ThrottlingBurstLimit: Number(defaultOf('requests_burst')),
    ReservedConcurrentExecutions: Number(defaultOf('reserved_concurrency')),
    Amount: Number(defaultOf('budget_usd')),
  }).toEqual({
    ...(sam.api.throttling as object),
    ReservedConcurrentExecutions: sam.bankFunction['ReservedConcurrentExecutions'],
    Amount: BudgetLimit.Amount,
  })
})

test('its budget notifies of the same as that of the SAM template', () => {
  const budget = resource('aws_budgets_budget', 'account')
  expect(budget.attributes).toMatchObject({ budget_type: 'COST', time_unit: 'MONTHLY', limit_unit: 'USD' })
  const { Properties } = only('AWS::Budgets::Budget', sam)
  const notifications = Properties['NotificationsWithSubscribers'] as ReadonlyArray<{ Notification: object }>
  expect(
    inner(budget, 'notification').map(({ notification_type, comparison_operator, threshold }) => ({
      NotificationType: notification_type,
      ComparisonOperator: comparison_operator,
      Threshold: Number(threshold),
    })),
  ).toEqual(notifications.map(({ Notification }) => Notification))
})

test('its access log is that of the SAM template', () => {
  const [{ format = '', destination_arn } = {}] = inner(
    resource('aws_apigatewayv2_stage', 'default'),
    'access_log_settings',
  )
  expect(destination_arn).toBe('aws_cloudwatch_log_group.api.arn')
  const fields = [...format.matchAll(/^\s*(\w+)\s+= "(.*)"$/gm)].map(([, name, value]) => [name, value])
  const { Format } = sam.api.accessLog as { Format: string }
  expect(Object.fromEntries(fields)).toEqual(JSON.parse(Format))
  const { name, retention_in_days } = resource('aws_cloudwatch_log_group', 'api').attributes
  const { LogGroupName, RetentionInDays } = sam.resources['HttpApiLogGroup']?.Properties ?? {}
  expect([name?.replace('${var.name}', 'tailfold-bank-dev'), Number(retention_in_days)]).toEqual([
    LogGroupName,
    RetentionInDays,
  ])
})

test('it watches the same metrics as the SAM template', () => {
  const { counted = '' } = blocks.find(({ header }) => header[0] === 'locals')?.attributes ?? {}
  const duration = resource('aws_cloudwatch_metric_alarm', 'duration').attributes
  const watched = [...counted.matchAll(/namespace = (\S+), metric = (\S+),/g)].map(([, namespace, metric]) =>
    `${namespace} ${metric}`.replaceAll('"', ''),
  )
  const alarms = ofType(sam.resources, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties)
  expect([...watched, `${duration['namespace']} ${duration['metric_name']}`]).toEqual(
    alarms.map(({ Namespace, MetricName }) =>
      [Namespace, MetricName].join(' ').replace('tailfold-bank-dev', 'var.name'),
    ),
  )
  const { Threshold, EvaluationPeriods } = alarms.at(-1) ?? {}
  expect([duration['threshold'], duration['evaluation_periods']]).toEqual(
    [Threshold, EvaluationPeriods].map(String),
  )
  const [filter] = ofType(sam.resources, 'AWS::Logs::MetricFilter')
  const { pattern = '' } = resource('aws_cloudwatch_log_metric_filter', 'conflicts').attributes
  expect(JSON.parse(`"${pattern}"`)).toBe(filter?.Properties['FilterPattern'])
})

test('every reference in it leads to a block of it', () => {
  const declared = blocks.map(({ header: [kind, ...path] }) =>
    (kind === 'variable' ? ['var', ...path] : kind === 'resource' ? path : [kind, ...path]).join('.'),
  )
  const used = [...text.replaceAll(/#.*$/gm, '').matchAll(/\b(var\.\w+|data\.\w+\.\w+|aws_\w+\.\w+)\b/g)].map(
    ([, reference = '']) => reference,
  )
  expect(used.length).toBeGreaterThan(20)
  expect([...new Set(used)].filter((reference) => !declared.includes(reference))).toEqual([])
})

test('it is indented by two spaces and nothing stands at the ends of its lines', () => {
  const wrong = text.split('\n').filter((line) => /\t|\s$|^( {2})* [^ ]/.test(line))
  expect(wrong).toEqual([])
})
