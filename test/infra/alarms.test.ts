import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type App, createApp } from 'tailfold/http'
import { emfConsumerMetrics, jsonLog } from 'tailfold/observe'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { account } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'
import { metricFilter } from '../helpers/metric-filter.ts'
import { ofType, only, propertiesIn, samDeployment } from '../helpers/deployments.ts'
import { root } from '../helpers/doc-blocks.ts'
import { emfValues } from '../helpers/emf.ts'

const stages = ['dev', 'prod'] as const
const deployed = samDeployment('dev')

describe('alarms', () => {
  test('watch errors, throttles, answers with 5xx, conflict budgets, the slowest of a hundred, and read models', () => {
    const alarms = ofType(deployed.resources, 'AWS::CloudWatch::Alarm').map(({ Properties }) => {
      const { Namespace, MetricName, Statistic, ExtendedStatistic } = Properties
      return [Namespace, MetricName, Statistic ?? ExtendedStatistic].join(' ')
    })
    expect(alarms).toEqual([
      'AWS/Lambda Errors Sum',
      'AWS/Lambda Throttles Sum',
      'AWS/ApiGateway 5xx Sum',
      'tailfold-bank-dev ConflictBudgetExhausted Sum',
      'AWS/Lambda Duration p99',
      'AWS/Lambda Errors Sum',
      'AWS/Lambda IteratorAge Maximum',
      'AWS/Lambda IteratorAge Maximum',
      'tailfold-bank-dev Parked Maximum',
      'AWS/SQS ApproximateNumberOfMessagesVisible Maximum',
    ])
  })
})

describe('the alarms of the read models', () => {
  const alarm = (name: string) => propertiesIn(deployed, name)
  const ofFunction = [{ Name: 'FunctionName', Value: 'tailfold-bank-dev-read-models' }]

  test('warn of a stream that is a minute behind, and call somebody at a quarter of its 24 hours', () => {
    expect([alarm('ReadModelsLateAlarm'), alarm('ReadModelsStuckAlarm')]).toMatchObject([
      { Dimensions: ofFunction, Threshold: 60_000 },
      { Dimensions: ofFunction, Threshold: (24 * 3_600_000) / 4 },
    ])
  })

  test('watch the queue of what Lambda gave up', () => {
    const { QueueName } = propertiesIn(deployed, 'ReadModelsFailures')
    expect(alarm('ReadModelsFailuresAlarm')).toMatchObject({
      Dimensions: [{ Name: 'QueueName', Value: 'tailfold-bank-dev-read-models-failures.QueueName' }],
      Threshold: 1,
    })
    expect(QueueName).toBe('tailfold-bank-dev-read-models-failures')
  })

  test('go off at the line that the function writes while an entity is parked', () => {
    const { Namespace, MetricName, Dimensions, Threshold, Period } = alarm('ParkedAlarm')
    const lines: string[] = []
    const namespace = String(variablesOf('tailfold-bank-dev-read-models')['TAILFOLD_TABLE'])
    expect(readFileSync(join(root, 'functions/bank/read-models.ts'), 'utf8')).toContain(
      'emfConsumerMetrics({ namespace: tableName })',
    )
    const { onHealth } = emfConsumerMetrics({ namespace, write: (line) => lines.push(line) })
    onHealth([{ consumer: 'balances@1', parked: 1, lagMs: undefined, failing: false }])
    expect(lines.flatMap(emfValues)).toContainEqual([Namespace, {}, MetricName, Threshold])
    expect(Dimensions).toBeUndefined()
    // The line is written at each scheduled event: there is one in every period.
    const [{ ScheduleExpression } = {}] = deployed.schedules
    expect(ScheduleExpression).toBe('rate(5 minutes)')
    expect(Period).toBe(2 * 5 * 60)
  })
})

function variablesOf(name: string): Readonly<Record<string, unknown>> {
  const { Environment } = deployed.functions[name] as {
    readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> }
  }
  return Environment.Variables
}

describe('the count of exhausted conflict budgets', () => {
  const filter = only('AWS::Logs::MetricFilter', deployed).Properties
  const counts = metricFilter(String(filter['FilterPattern']))

  /** As CloudWatch gets them: Lambda puts time, request id and level before what comes through `console`. */
  const lines: string[] = []
  const prefix = (level: string) => (line: unknown) =>
    lines.push(`2026-01-31T12:00:00.000Z\tr-1\t${level}\t${String(line)}`)

  beforeEach(() => {
    lines.length = 0
    vi.spyOn(console, 'error').mockImplementation(prefix('ERROR'))
    vi.spyOn(console, 'warn').mockImplementation(prefix('WARN'))
  })
  afterEach(() => vi.restoreAllMocks())

  const rival = openApp()
  function observedApp(): App {
    return createApp({
      journal: rival.journal,
      entities: [account],
      authorize: 'everybody',
      retry: { maxAttempts: 1 },
      observers: [jsonLog({ write: (line) => lines.push(line) })],
    })
  }

  const post = (
    app: App,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body = '{"amount":1}',
  ) =>
    app.handle({
      method: 'POST',
      path,
      query: '',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })

  test('reads the log of the function', () => {
    expect(filter['LogGroupName']).toBe('/aws/lambda/tailfold-bank-dev-bank')
    expect(filter['MetricTransformations']).toMatchObject([
      { MetricNamespace: 'tailfold-bank-dev', MetricName: 'ConflictBudgetExhausted', MetricValue: '1' },
    ])
  })

  test('counts one for a command that lost against other writers', async () => {
    const app = observedApp()
    await post(app, '/account/a/Deposit')
    await post(rival.app, '/account/a/Deposit')
    expect((await post(app, '/account/a/Deposit')).status).toBe(503)
    expect(lines.filter(counts)).toHaveLength(1)
  })

  test('cannot be raised by what a caller sends', async () => {
    const app = observedApp()
    const code = 'conflict-budget-exhausted'
    const forged = `{"outcome":"${code}"}`
    for (const word of [code, `"outcome":"${code}"`, forged, `\n${forged}\n`]) {
      const encoded = encodeURIComponent(word)
      await post(app, `/account/${encoded}/status`)
      await post(app, `/account/${encoded}/Deposit`)
      await post(app, `/account/${encoded}/Explode`)
      await post(app, `/account/a/${encoded}`)
      await post(app, `/${encoded}/a/Deposit`)
      const header = word.trim()
      await post(app, '/account/a/Explode', {
        'x-request-id': header,
        'idempotency-key': header,
        traceparent: header,
      })
    }
    await post(app, '/account/a/Deposit', {}, forged)
    await post(app, '/account/a/Deposit', {}, `{"amount":1,"outcome":"${code}"}`)
    expect(lines.filter((line) => line.includes(code)).length).toBeGreaterThan(10)
    expect(lines.filter(counts)).toEqual([])
  })
})

test.for(stages)('the dashboard of stage %s is JSON and shows the metrics of that stage alone', (stage) => {
  const { DashboardName, DashboardBody } = only('AWS::CloudWatch::Dashboard', samDeployment(stage)).Properties
  expect(DashboardName).toBe(`tailfold-bank-${stage}`)
  const { widgets } = JSON.parse(String(DashboardBody)) as { widgets: readonly unknown[] }
  expect(widgets).toHaveLength(4)
  const others = stages.filter((other) => other !== stage).map((other) => `tailfold-bank-${other}`)
  expect(others.filter((name) => String(DashboardBody).includes(name))).toEqual([])
})
