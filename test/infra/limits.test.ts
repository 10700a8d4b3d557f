import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { evaluated, parseTemplate } from '../helpers/cloudformation.ts'
import { only, samDeployment, samTemplateFile } from '../helpers/deployments.ts'

const deployed = samDeployment('dev')

describe('load', () => {
  test('is bounded before the function is started', () => {
    expect(deployed.api.throttling).toEqual({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 })
  })

  test('is bounded by the concurrency that is reserved for the function', () => {
    expect(deployed.functions['tailfold-bank-dev-bank']?.['ReservedConcurrentExecutions']).toBe(20)
  })

  test('is not bounded by concurrency where an account has none to reserve', () => {
    const template = parseTemplate(readFileSync(samTemplateFile, 'utf8'))
    const { Resources } = evaluated(template, { Stage: 'dev', ReservedConcurrency: -1 })
    expect(Resources['BankFunction']?.Properties).not.toHaveProperty('ReservedConcurrentExecutions')
  })
})

describe('the access log', () => {
  const { DestinationArn, Format } = deployed.api.accessLog as { DestinationArn: string; Format: string }
  const fields = JSON.parse(Format) as Readonly<Record<string, string>>

  test('is one line of JSON without query, headers and body', () => {
    expect(Object.values(fields).toSorted()).toEqual([
      '$context.httpMethod',
      '$context.identity.sourceIp',
      '$context.integration.requestId',
      '$context.path',
      '$context.requestId',
      '$context.requestTime',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.status',
    ])
  })

  test('is kept for 30 days, apart from the log that alarms read', () => {
    expect(DestinationArn).toBe('/aws/http-api/tailfold-bank-dev.Arn')
    expect(deployed.resources['HttpApiLogGroup']?.Properties).toEqual({
      LogGroupName: '/aws/http-api/tailfold-bank-dev',
      RetentionInDays: 30,
    })
  })
})

describe('the budget', () => {
  test('notifies the alarm topic of 80 % spent and of more than all foreseen, where there is a topic', () => {
    const { Condition, Properties } = only('AWS::Budgets::Budget', deployed) as {
      Condition?: string
      Properties: Record<string, unknown>
    }
    expect(Condition).toBe('HasAlarmTopic')
    expect(Properties['Budget']).toMatchObject({
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 50, Unit: 'USD' },
    })
    expect(Properties['NotificationsWithSubscribers']).toMatchObject([
      { Notification: { NotificationType: 'ACTUAL', Threshold: 80 } },
      { Notification: { NotificationType: 'FORECASTED', Threshold: 100 } },
    ])
  })
})
