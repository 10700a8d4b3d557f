import { tableDefinition } from 'tailfold/dynamodb'
import { rowsTableDefinition } from 'tailfold/dynamodb/rows'
import { describe, expect, test } from 'vitest'
import { timeToLiveDefinition } from '../../src/stores/dynamodb/table/definition.ts'
import { ofType, only, propertiesIn, samDeployment, statementsOf } from '../helpers/deployments.ts'
import { blocks, inner, resource, text } from '../helpers/terraform-module.ts'

const sam = samDeployment('dev')

const tables = [
  ['journal', 'var.name', tableDefinition],
  ['rows', '${var.name}-rows', rowsTableDefinition],
] as const

describe.for(tables)('the table %s of the Terraform module', ([name, tableName, definition]) => {
  const table = resource('aws_dynamodb_table', name)

  test('has the keys, indexes, billing and time to live that the store needs', () => {
    const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode } = definition('any')
    const keys = (schema = KeySchema ?? []) =>
      Object.fromEntries(
        schema.map(({ KeyType, AttributeName }) => [`${KeyType?.toLowerCase()}_key`, AttributeName]),
      )
    expect(table.attributes).toMatchObject({ name: tableName, billing_mode: BillingMode, ...keys() })
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

  test('is protected where it is to be kept, has its past to go back to, and is encrypted', () => {
    expect(table.attributes).toMatchObject({ deletion_protection_enabled: 'var.keep_table' })
    expect(inner(table, 'point_in_time_recovery')).toEqual([{ enabled: 'true' }])
    expect(inner(table, 'server_side_encryption')).toEqual([{ enabled: 'true' }])
  })
})

test('the journal has a stream of new images', () => {
  expect(resource('aws_dynamodb_table', 'journal').attributes).toMatchObject({
    stream_enabled: 'true',
    stream_view_type: 'NEW_IMAGE',
  })
})

/** As the SAM template names it, with the names that the Terraform module gives. */
const functions = [
  ['this', 'tailfold-bank-dev-bank', 'function', 'BankRole'],
  ['read_models', 'tailfold-bank-dev-read-models', 'read_models', 'ReadModelsRole'],
] as const

describe.for(functions)('the function %s', ([name, samName, role, samRole]) => {
  test('may do the same as in the SAM template', () => {
    const { policy = '' } = resource('aws_iam_role_policy', role).attributes
    const actions = [...policy.matchAll(/Action\s+= (\[.*\])$/gm)].map(
      ([, list = '']) => JSON.parse(list) as unknown,
    )
    expect(actions).toEqual(statementsOf(sam, samRole).map(({ Action }) => Action))
    expect([...policy.matchAll(/"\*"/g)]).toHaveLength(1)
  })

  test('is that of the SAM template', () => {
    const lambda = resource('aws_lambda_function', name)
    const { Runtime, Architectures, MemorySize, Timeout, TracingConfig, Environment } =
      sam.functions[samName] ?? {}
    expect(lambda.attributes).toMatchObject({
      runtime: Runtime,
      architectures: JSON.stringify(Architectures),
      memory_size: String(MemorySize),
      timeout: String(Timeout),
    })
    expect(inner(lambda, 'tracing_config')).toEqual([{ mode: (TracingConfig as { Mode: string }).Mode }])
    const { Variables } = Environment as { Variables: object }
    const [{ variables = '' } = {}] = inner(lambda, 'environment')
    expect([...variables.matchAll(/^\s*(\w+)\s+=/gm)].map(([, variable]) => variable)).toEqual(
      Object.keys(Variables),
    )
  })
})

test('the function of the API has reserved concurrency', () => {
  expect(resource('aws_lambda_function', 'this').attributes['reserved_concurrent_executions']).toBe(
    'var.reserved_concurrency',
  )
})

test('the stream, the schedule and the queue of the read models are those of the SAM template', () => {
  const [mapping] = sam.mappings
  const block = resource('aws_lambda_event_source_mapping', 'journal')
  expect(block.attributes).toMatchObject({
    event_source_arn: 'aws_dynamodb_table.journal.stream_arn',
    starting_position: mapping?.['StartingPosition'],
    batch_size: String(mapping?.['BatchSize']),
    maximum_retry_attempts: String(mapping?.['MaximumRetryAttempts']),
    bisect_batch_on_function_error: String(mapping?.['BisectBatchOnFunctionError']),
    function_response_types: JSON.stringify(mapping?.['FunctionResponseTypes']),
  })
  const [criteria] = block.blocks.filter(({ header }) => header[0] === 'filter_criteria')
  const patterns = criteria?.blocks.map(({ attributes }) => {
    const text = JSON.parse(`"${attributes['pattern']}"`) as string
    return JSON.parse(text) as unknown
  })
  expect(patterns).toEqual(mapping?.['filters'])
  const [destination] = block.blocks.filter(({ header }) => header[0] === 'destination_config')
  expect(destination?.blocks.map(({ attributes }) => attributes)).toEqual([
    { destination_arn: 'aws_sqs_queue.read_models_failures.arn' },
  ])
  const queue = propertiesIn(sam, 'ReadModelsFailures')
  expect(resource('aws_sqs_queue', 'read_models_failures').attributes).toMatchObject({
    message_retention_seconds: String(queue['MessageRetentionPeriod']),
    sqs_managed_sse_enabled: String(queue['SqsManagedSseEnabled']),
  })
  expect(resource('aws_cloudwatch_event_rule', 'held').attributes['schedule_expression']).toBe(
    sam.schedules[0]?.['ScheduleExpression'],
  )
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
    ReservedConcurrentExecutions: sam.functions['tailfold-bank-dev-bank']?.['ReservedConcurrentExecutions'],
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

/** Namespace and metric, as `AWS/Lambda Errors`, of the entries of a local value. */
function watchedBy(local: string) {
  const locals = blocks.filter(({ header }) => header[0] === 'locals').map(({ attributes }) => attributes)
  const text = locals.map((each) => each[local] ?? '').join('')
  return [...text.matchAll(/^\s*[\w-]+\s+= \{ (.*) \}$/gm)].map(([, entry = '']) => {
    const [, namespace, metric] = /namespace = (\S+), metric = (\S+),/.exec(entry) ?? []
    const numbers = [...entry.matchAll(/(?:period|threshold) = (\d+)/g)].map(([, number]) => number)
    return [`${namespace} ${metric}`.replaceAll('"', ''), ...numbers].join(' ')
  })
}

test('it watches the same metrics as the SAM template', () => {
  const duration = resource('aws_cloudwatch_metric_alarm', 'duration').attributes
  const alarms = ofType(sam.resources, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties)
  const named = (all: typeof alarms, ...members: readonly string[]) =>
    all.map((alarm) =>
      ['Namespace', 'MetricName', ...members]
        .map((member) => alarm[member])
        .join(' ')
        .replace('tailfold-bank-dev', 'var.name'),
    )
  const ofDuration = alarms.findIndex(({ MetricName }) => MetricName === 'Duration')
  expect([...watchedBy('counted'), `${duration['namespace']} ${duration['metric_name']}`]).toEqual(
    named(alarms.slice(0, ofDuration + 1)),
  )
  expect(watchedBy('watched')).toEqual(named(alarms.slice(ofDuration + 1), 'Period', 'Threshold'))
  const { Threshold, EvaluationPeriods } = alarms[ofDuration] ?? {}
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
