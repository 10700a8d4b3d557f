import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import { HttpApi, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { CfnBudget } from 'aws-cdk-lib/aws-budgets'
import { type Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { FilterPattern, LogGroup, MetricFilter, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { ReadModels, type ReadModelsProps } from './read-models.ts'
import { rowIndexes, rowsTable } from './rows-table.ts'

/** What {@link EntityApi} is made of. */
export interface EntityApiProps {
  /** Name of the journal's table and beginning of all other names, as `tailfold-bank-dev`. */
  readonly name: string
  /** What `npm run bundle` writes for one function. */
  readonly code: Code
  /** As `handler.handler`. */
  readonly handler: string
  /** What `npm run bundle` writes for the read models, and their handler, as `read-models.handler`. */
  readonly readModels: Pick<ReadModelsProps, 'code' | 'handler'>
  /** The tables can then not be deleted, and stay when their stack goes. */
  readonly keepTable: boolean
  /** Beyond it the API answers 429. Default 100. */
  readonly requestsPerSecond?: number
  /** Requests at once beyond which the API answers 429. Default 200. */
  readonly requestsBurst?: number
  /**
   * Invocations at once. `'none'` in an account whose limit of concurrent executions is below 120, as that of a new
   * account is. Default 20.
   */
  readonly reservedConcurrency?: number | 'none'
  /** Where alarms are sent to. Without it they only show, and there is no budget. */
  readonly alarmTopic?: ITopic
  /** Spending of the account in a month of which the alarm topic is notified. Default 50. */
  readonly budgetUsd?: number
}

/** No query, headers or body. A path holds the entity id. */
const accessLogFields = {
  requestId: '$context.requestId',
  functionRequestId: '$context.integration.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
}

/** Entities and views behind an HTTP API: a function, its journal, read models behind it, and alarms. */
export class EntityApi extends Construct {
  readonly table: Table
  readonly rowsTable: Table
  readonly url: string

  constructor(scope: Construct, id: string, props: EntityApiProps) {
    super(scope, id)
    const { name, code, handler, keepTable, alarmTopic } = props
    const { requestsPerSecond = 100, requestsBurst = 200, reservedConcurrency = 20, budgetUsd = 50 } = props
    this.table = new Table(this, 'Journal', {
      tableName: name,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.NUMBER },
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_IMAGE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'x',
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: keepTable,
      removalPolicy: keepTable ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    this.table.addGlobalSecondaryIndex({
      indexName: 'entities',
      partitionKey: { name: 'l', type: AttributeType.STRING },
      sortKey: { name: 'k', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    })
    this.rowsTable = rowsTable(this, `${name}-rows`, keepTable)

    const logGroup = logGroupOf(this, 'Log', `/aws/lambda/${name}`)
    const handlerFunction = new LambdaFunction(this, 'Function', {
      functionName: name,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(15),
      ...(reservedConcurrency !== 'none' && { reservedConcurrentExecutions: reservedConcurrency }),
      tracing: Tracing.ACTIVE,
      environment: { TAILFOLD_TABLE: this.table.tableName, TAILFOLD_ROWS_TABLE: this.rowsTable.tableName },
      code,
      handler,
      logGroup,
    })
    // Less than table.grantReadWriteData(), which allows Scan and DeleteItem as well.
    handlerFunction.addToRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        resources: [this.table.tableArn],
      }),
    )
    handlerFunction.addToRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: [`${this.table.tableArn}/index/entities`],
      }),
    )
    handlerFunction.addToRolePolicy(
      new PolicyStatement({ actions: ['dynamodb:BatchGetItem'], resources: [this.rowsTable.tableArn] }),
    )
    handlerFunction.addToRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: rowIndexes.map(({ indexName }) => `${this.rowsTable.tableArn}/index/${indexName}`),
      }),
    )
    const readModels = new ReadModels(this, 'ReadModels', {
      name,
      ...props.readModels,
      journal: this.table,
      rows: this.rowsTable,
      logGroup: logGroupOf(this, 'ReadModelsLog', `/aws/lambda/${name}-read-models`),
    })

    const api = new HttpApi(this, 'Api', {
      apiName: name,
      createDefaultStage: false,
      // Open to everybody: add an authorizer before it holds anything of value.
      defaultIntegration: new HttpLambdaIntegration('Handler', handlerFunction),
    })
    api.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: requestsPerSecond, burstLimit: requestsBurst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroupOf(this, 'AccessLog', `/aws/http-api/${name}`)),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    })
    const { region, urlSuffix } = Stack.of(this)
    this.url = `https://${api.apiId}.execute-api.${region}.${urlSuffix}`

    const conflicts = new MetricFilter(this, 'Conflicts', {
      logGroup,
      // The line that jsonLog() writes for each command. A field of JSON and not a word: callers choose words, such as ids.
      filterPattern: FilterPattern.stringValue('$.outcome', '=', 'conflict-budget-exhausted'),
      metricNamespace: name,
      metricName: 'ConflictBudgetExhausted',
      metricValue: '1',
      defaultValue: 0,
    })
    const period = Duration.minutes(5)
    const once = {
      errors: handlerFunction.metricErrors({ period }),
      throttles: handlerFunction.metricThrottles({ period }),
      'server-errors': api.metricServerError({ period, statistic: 'Sum' }),
      'conflict-budget-exhausted': conflicts.metric({ period, statistic: 'Sum' }),
    }
    const alarms = Object.entries(once).map(([what, metric]) => alarmAt(this, name, what, metric))
    const duration = handlerFunction
      .metricDuration({ period, statistic: 'p99' })
      .createAlarm(this, 'duration', {
        alarmName: `${name}-duration`,
        threshold: 3_000,
        evaluationPeriods: 3,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      })
    if (alarmTopic === undefined) return
    for (const alarm of [...alarms, duration, ...readModels.alarms])
      alarm.addAlarmAction(new SnsAction(alarmTopic))
    budgetAt(this, name, budgetUsd, alarmTopic)
  }
}

function logGroupOf(scope: Construct, id: string, logGroupName: string): LogGroup {
  const retention = RetentionDays.ONE_MONTH
  return new LogGroup(scope, id, { logGroupName, retention, removalPolicy: RemovalPolicy.DESTROY })
}

/** Notifies of 80 % spent and of more than all foreseen. */
function budgetAt(scope: Construct, name: string, amount: number, topic: ITopic): CfnBudget {
  const subscribers = [{ subscriptionType: 'SNS', address: topic.topicArn }]
  const notifications = [
    { notificationType: 'ACTUAL', comparisonOperator: 'GREATER_THAN', threshold: 80 },
    { notificationType: 'FORECASTED', comparisonOperator: 'GREATER_THAN', threshold: 100 },
  ]
  return new CfnBudget(scope, 'Budget', {
    budget: {
      budgetName: name,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount, unit: 'USD' },
    },
    notificationsWithSubscribers: notifications.map((notification) => ({ notification, subscribers })),
  })
}

function alarmAt(scope: Construct, name: string, what: string, metric: Metric): Alarm {
  return metric.createAlarm(scope, what, {
    alarmName: `${name}-${what}`,
    threshold: 1,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  })
}
