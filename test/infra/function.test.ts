import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { only, samDeployment } from '../helpers/deployments.ts'
import { root } from '../helpers/doc-blocks.ts'

const deployed = samDeployment('dev')

describe('the deployed function', () => {
  test('runs on Node.js 24 and arm64, traced, with the name of its table', () => {
    expect(deployed.bankFunction).toMatchObject({
      Handler: 'build/bank/handler.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { TAILFOLD_TABLE: 'tailfold-bank-dev' } },
      Role: 'BankRole.Arn',
    })
  })

  test('serves every route by one', () => {
    expect(deployed.routes).toEqual(['$default'])
  })

  test('keeps its log for 30 days', () => {
    expect(deployed.resources['BankLogGroup']?.Properties).toEqual({
      LogGroupName: '/aws/lambda/tailfold-bank-dev-bank',
      RetentionInDays: 30,
    })
  })
})

describe('the role of the function', () => {
  interface Statement {
    readonly Action: readonly string[]
    readonly Resource: unknown
  }

  function statements(): readonly Statement[] {
    const { Policies } = only('AWS::IAM::Role', deployed).Properties as {
      Policies: ReadonlyArray<{ PolicyDocument: { Statement: readonly Statement[] } }>
    }
    return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
  }

  test('allows what the store sends, on its table alone', () => {
    const files = ['store.ts', 'requests.ts'].map((file) => join(root, 'src/stores/dynamodb', file))
    const store = files.map((file) => readFileSync(file, 'utf8')).join('')
    const sent = [...store.matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => name)
    // A transaction needs the permission of each of its actions, and the store's are all Puts.
    expect(store).not.toMatch(/\b(ConditionCheck|Update|Delete):/)
    const needed = sent.map((name) => `dynamodb:${name === 'TransactWriteItems' ? 'PutItem' : name}`)
    const allowed = statements().filter(({ Action }) =>
      Action.some((action) => action.startsWith('dynamodb:')),
    )
    expect([...new Set(allowed.flatMap(({ Action }) => Action))].toSorted()).toEqual(
      [...new Set(needed)].toSorted(),
    )
    expect(allowed.map(({ Resource }) => Resource)).toEqual([
      'tailfold-bank-dev.Arn',
      'tailfold-bank-dev.Arn/index/entities',
    ])
  })

  test('allows beside that to write its log and traces', () => {
    const others = statements().filter(
      ({ Action }) => !Action.some((action) => action.startsWith('dynamodb:')),
    )
    expect(others.map(({ Action, Resource }) => [...Action, Resource])).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents', '/aws/lambda/tailfold-bank-dev-bank.Arn'],
      ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', '*'],
    ])
  })
})
