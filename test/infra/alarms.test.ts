import { type App, createApp } from 'tailfold/http'
import { jsonLog } from 'tailfold/observe'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { account } from '../helpers/http-account.ts'
import { openApp } from '../helpers/http-app.ts'
import { metricFilter } from '../helpers/metric-filter.ts'
import { ofType, only, samDeployment } from '../helpers/deployments.ts'

const stages = ['dev', 'prod'] as const
const deployed = samDeployment('dev')

describe('alarms', () => {
  test('watch errors, throttles, answers with 5xx, exhausted conflict budgets and the slowest of a hundred', () => {
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
    ])
  })
})

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
