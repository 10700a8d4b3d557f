import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate'
import { tableDefinition } from 'tailfold/dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../helpers/local-server.ts'
import {
  packageService,
  type ServerlessPackage,
  type TemplateResource,
} from '../helpers/serverless-package.ts'

const tableName = 'tailfold-bank-dev'
/** For a machine that is busy with other tests. */
const timeout = 120_000

const folder = temporaryFolder()
let service: ServerlessPackage

beforeAll(async () => {
  service = await packageService(folder.path)
}, timeout)
afterAll(() => folder.remove())

function only(type: string): TemplateResource {
  const found = Object.values(service.template.Resources).filter(({ Type }) => Type === type)
  expect(found).toHaveLength(1)
  return found[0] as TemplateResource
}

const isLog = ({ Action }: { Action: string[] }) => Action.every((action) => action.startsWith('logs:'))

describe('the deployed table', () => {
  test('has the name, keys and billing that the store needs', () => {
    expect(only('AWS::DynamoDB::Table').Properties).toMatchObject({ ...tableDefinition(tableName) })
  })

  test('outlives the stack and has its past to go back to', () => {
    expect(only('AWS::DynamoDB::Table')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    })
  })
})

describe('the deployed function', () => {
  test('is one bundled file on Node.js 24 and arm64, told its table', () => {
    expect([...service.archive.keys()]).toEqual(['build/bank/handler.mjs'])
    expect(only('AWS::Lambda::Function').Properties).toMatchObject({
      Handler: 'build/bank/handler.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Environment: { Variables: { TAILFOLD_TABLE: tableName } },
    })
  })

  test('may write its log, and query and put items of that one table', () => {
    const { Policies } = only('AWS::IAM::Role').Properties as {
      Policies: ReadonlyArray<{
        PolicyDocument: { Statement: ReadonlyArray<{ Effect: string; Action: string[]; Resource: unknown }> }
      }>
    }
    const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    expect(statements.filter((statement) => !isLog(statement))).toEqual([
      {
        Effect: 'Allow',
        Action: ['dynamodb:Query', 'dynamodb:PutItem'],
        Resource: { 'Fn::GetAtt': ['JournalTable', 'Arn'] },
      },
    ])
    const logs = statements.filter(isLog).map(({ Resource }) => Resource)
    const group = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/tailfold-bank-dev*:*`
    expect(logs).toEqual([[{ 'Fn::Sub': group }], [{ 'Fn::Sub': `${group}:*` }]])
  })
})

test('the template passes the validator of AWS, but for a needless DependsOn that osls writes', {
  timeout,
}, () => {
  const { diagnostics } = new RegoEngine().validateStandard(new TemplateFile(service.templateFile))
  const serious = diagnostics.filter(({ severity }) => severity !== 'INFO')
  expect(
    serious.map(({ ruleId, entity, propertyPath }) => [ruleId, entity?.logicalId, propertyPath]),
  ).toEqual([['W3005', 'HttpApiRouteDefault', 'DependsOn']])
})
