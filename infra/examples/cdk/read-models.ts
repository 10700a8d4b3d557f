import { Duration } from 'aws-cdk-lib'
import { type Alarm, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  CfnEventSourceMapping,
  type Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

/** What {@link ReadModels} is made of. */
export interface ReadModelsProps {
  /** Name of the function and the namespace of its metrics, as `tailfold-bank-dev`. */
  readonly name: string
  /** What `npm run bundle` writes for the function. */
  readonly code: Code
  /** As `read-models.handler`. */
  readonly handler: string
  /** With a stream of new images. */
  readonly journal: Table
  readonly rows: Table
  readonly logGroup: LogGroup
}

/** Commits: nothing else that is put has an id. */
const commits = {
  eventName: ['INSERT'],
  dynamodb: { NewImage: { id: { S: [{ exists: true }] } } },
}

/** A function that keeps the rows of views, and runs consumers, behind the commits; docs/deploy.md explains the values. */
export class ReadModels extends Construct {
  readonly alarms: readonly Alarm[]

  constructor(scope: Construct, id: string, props: ReadModelsProps) {
    super(scope, id)
    const { name, code, handler, journal, rows, logGroup } = props
    const failures = new Queue(this, 'Failures', {
      queueName: `${name}-read-models-failures`,
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
    })
    const readModels = new LambdaFunction(this, 'Function', {
      functionName: `${name}-read-models`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(60),
      tracing: Tracing.ACTIVE,
      environment: { TAILFOLD_TABLE: journal.tableName, TAILFOLD_ROWS_TABLE: rows.tableName },
      code,
      handler,
      logGroup,
    })
    for (const [resource, actions] of permissions(journal, rows, failures))
      readModels.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }))
    // Not readModels.addEventSource(), which grants DescribeStream and ListStreams on all streams.
    const mapping = new CfnEventSourceMapping(this, 'Journal', {
      functionName: readModels.functionName,
      eventSourceArn: streamOf(journal),
      startingPosition: 'TRIM_HORIZON',
      batchSize: 100,
      maximumRetryAttempts: 20,
      bisectBatchOnFunctionError: true,
      functionResponseTypes: ['ReportBatchItemFailures'],
      filterCriteria: { filters: [{ pattern: JSON.stringify(commits) }] },
      destinationConfig: { onFailure: { destination: failures.queueArn } },
    })
    if (readModels.role !== undefined) mapping.node.addDependency(readModels.role)
    new Rule(this, 'Held', {
      // Entities that were released, and catch-ups.
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new FunctionTarget(readModels)],
    })
    this.alarms = alarmsOf(this, name, readModels, failures)
  }
}

function permissions(
  journal: Table,
  rows: Table,
  failures: Queue,
): ReadonlyArray<readonly [string, readonly string[]]> {
  return [
    // Scan is for catch-ups.
    [journal.tableArn, ['dynamodb:Query', 'dynamodb:Scan']],
    [
      streamOf(journal),
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    ],
    [rows.tableArn, ['dynamodb:BatchGetItem', 'dynamodb:PutItem']],
    [`${rows.tableArn}/index/index1`, ['dynamodb:Query']],
    [failures.queueArn, ['sqs:SendMessage']],
  ]
}

function streamOf({ tableStreamArn }: Table): string {
  if (tableStreamArn === undefined)
    throw new Error('The journal of read models needs a stream of new images.')
  return tableStreamArn
}

function alarmsOf(
  scope: Construct,
  name: string,
  readModels: LambdaFunction,
  failures: Queue,
): readonly Alarm[] {
  const period = Duration.minutes(5)
  const age = readModels.metric('IteratorAge', { period, statistic: 'Maximum' })
  const parked = new Metric({
    namespace: name,
    metricName: 'Parked',
    // The line is written at each scheduled event: there is one in every period.
    period: Duration.minutes(10),
    statistic: 'Maximum',
  })
  const waiting = failures.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' })
  const watched: ReadonlyArray<readonly [string, Metric, number]> = [
    ['read-models-errors', readModels.metricErrors({ period }), 1],
    // A warning at a minute; a quarter of the 24 hours that the stream keeps calls somebody.
    ['read-models-late', age, Duration.minutes(1).toMilliseconds()],
    ['read-models-stuck', age, Duration.hours(6).toMilliseconds()],
    ['parked', parked, 1],
    ['read-models-failures', waiting, 1],
  ]
  return watched.map(([what, metric, threshold]) =>
    metric.createAlarm(scope, what, {
      alarmName: `${name}-${what}`,
      threshold,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }),
  )
}
