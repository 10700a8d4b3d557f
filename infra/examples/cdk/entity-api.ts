import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
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
import { Construct } from 'constructs'

/** What {@link EntityApi} is made of. */
export interface EntityApiProps {
  /** Name of the table and beginning of all other names, as `tailfold-bank-dev`. */
  readonly name: string
  /** What `npm run bundle` writes for one function. */
  readonly code: Code
  /** As `handler.handler`. */
  readonly handler: string
  /** The table can then not be deleted, and stays when its stack goes. */
  readonly keepTable: boolean
}

/** Entities behind an HTTP API: a function, its journal and its alarms. */
export class EntityApi extends Construct {
  readonly table: Table
  readonly url: string

  constructor(scope: Construct, id: string, { name, code, handler, keepTable }: EntityApiProps) {
    super(scope, id)
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

    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${name}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const handlerFunction = new LambdaFunction(this, 'Function', {
      functionName: name,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(15),
      tracing: Tracing.ACTIVE,
      environment: { TAILFOLD_TABLE: this.table.tableName },
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

    const api = new HttpApi(this, 'Api', {
      apiName: name,
      // Open to everybody: add an authorizer before it holds anything of value.
      defaultIntegration: new HttpLambdaIntegration('Handler', handlerFunction),
    })
    const { region, urlSuffix } = Stack.of(this)
    this.url = `https://${api.apiId}.execute-api.${region}.${urlSuffix}`

    const conflicts = new MetricFilter(this, 'Conflicts', {
      logGroup,
      filterPattern: FilterPattern.literal('"conflict-budget-exhausted" "status"'),
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
    for (const [what, metric] of Object.entries(once)) alarmAt(this, name, what, metric)
    handlerFunction.metricDuration({ period, statistic: 'p99' }).createAlarm(this, 'duration', {
      alarmName: `${name}-duration`,
      threshold: 3_000,
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
  }
}

function alarmAt(scope: Construct, name: string, what: string, metric: Metric): void {
  metric.createAlarm(scope, what, {
    alarmName: `${name}-${what}`,
    threshold: 1,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  })
}
