import { rowsTableDefinition } from 'tailfold/dynamodb/rows'
import { describe, expect, test } from 'vitest'
import { samDeployment, statementsOf } from '../helpers/deployments.ts'
import { actionsOf, sentBy, sourceOf } from '../helpers/sent-commands.ts'

const deployed = samDeployment('dev')

describe('the deployed function', () => {
  test('runs on Node.js 24 and arm64, traced, with the names of its tables', () => {
    expect(deployed.functions['tailfold-bank-dev-bank']).toMatchObject({
      Handler: 'build/bank/handler.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      Environment: {
        Variables: { TAILFOLD_TABLE: 'tailfold-bank-dev', TAILFOLD_ROWS_TABLE: 'tailfold-bank-dev-rows' },
      },
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
  const statements = statementsOf(deployed, 'BankRole')
  const actionsOn = (resource: RegExp) =>
    statements.flatMap(({ Action, Resource }) =>
      [Resource].flat().some((each) => resource.test(each)) ? [...Action] : [],
    )
  const sorted = (actions: Iterable<string>) => [...new Set(actions)].toSorted()

  test('allows what the store sends, on its table alone', () => {
    const store = sourceOf('store.ts', 'requests.ts')
    // A transaction needs the permission of each of its actions, and the store's are all Puts.
    expect(store).not.toMatch(/\b(ConditionCheck|Update|Delete):/)
    expect(sorted(actionsOn(/^tailfold-bank-dev\.Arn/))).toEqual(sorted(actionsOf(sentBy(store))))
  })

  test('allows to read rows and their indexes, and to write none', () => {
    expect(actionsOn(/^tailfold-bank-dev-rows\.Arn$/)).toEqual(['dynamodb:BatchGetItem'])
    const indexes = rowsTableDefinition('any').GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName)
    expect(statements.find(({ Resource }) => Array.isArray(Resource))).toMatchObject({
      Action: ['dynamodb:Query'],
      Resource: indexes?.map((name) => `tailfold-bank-dev-rows.Arn/index/${name}`),
    })
  })

  test('allows beside that to write its log and traces', () => {
    const others = statements.filter(({ Action }) => !Action.some((action) => action.startsWith('dynamodb:')))
    expect(others.map(({ Action, Resource }) => [...Action, Resource])).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents', '/aws/lambda/tailfold-bank-dev-bank.Arn'],
      ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', '*'],
    ])
  })
})
