import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate'
import type { ErrorCode } from 'tailfold'
import { tableDefinition } from 'tailfold/dynamodb'
import { jsonLog } from 'tailfold/observe'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { logFailure } from '../../src/http/problem/report.ts'
import { timeToLiveDefinition } from '../../src/stores/dynamodb/table/definition.ts'
import { parseTemplate, type TemplateResource } from '../helpers/cloudformation.ts'
import {
  type Deployment,
  ofType,
  samDeployment,
  samTemplateFile,
  serverlessDeployment,
} from '../helpers/deployments.ts'
import { root } from '../helpers/doc-blocks.ts'
import { temporaryFolder } from '../helpers/local-server.ts'
import { packageService, type ServerlessPackage } from '../helpers/serverless-package.ts'
import { unknownSamProperties } from '../helpers/unknown-sam-properties.ts'

/** For a machine that is busy with other tests. */
const timeout = 300_000

const stages = ['dev', 'prod'] as const
const folders = { dev: temporaryFolder(), prod: temporaryFolder() }
let packages: Record<(typeof stages)[number], ServerlessPackage>

beforeAll(async () => {
  const [dev, prod] = await Promise.all(stages.map((stage) => packageService(folders[stage].path, { stage })))
  packages = { dev, prod } as typeof packages
}, timeout)
afterAll(() => {
  for (const stage of stages) folders[stage].remove()
})

const deployed = (stage: (typeof stages)[number]) => serverlessDeployment(packages[stage].template)

function only(type: string, { resources }: Deployment = deployed('dev')): TemplateResource {
  const [found, ...more] = ofType(resources, type)
  if (found === undefined) throw new Error(`There is no ${type}.`)
  expect(more).toEqual([])
  return found
}

test.for(stages)('serverless.yml and the SAM template deploy the same in stage %s', (stage) => {
  expect(samDeployment(stage)).toEqual(deployed(stage))
})

describe('the deployed table', () => {
  test('has the name, keys, billing and time to live that the store needs, and a stream', () => {
    const { TimeToLiveSpecification } = timeToLiveDefinition('tailfold-bank-dev')
    expect(only('AWS::DynamoDB::Table').Properties).toMatchObject({
      ...tableDefinition('tailfold-bank-dev'),
      TimeToLiveSpecification,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    })
  })

  test('outlives the stack in stage prod, where it cannot be deleted', () => {
    expect(only('AWS::DynamoDB::Table', deployed('prod'))).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { TableName: 'tailfold-bank-prod', DeletionProtectionEnabled: true },
    })
  })

  test('goes with the stack in other stages', () => {
    expect(only('AWS::DynamoDB::Table')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    })
  })

  test.for(stages)('is encrypted and has its past to go back to in stage %s', (stage) => {
    expect(only('AWS::DynamoDB::Table', deployed(stage)).Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    })
  })
})

describe('the deployed function', () => {
  test('is one bundled file on Node.js 24 and arm64, traced, told its table', () => {
    expect([...packages.dev.archive.keys()]).toEqual(['build/bank/handler.mjs'])
    expect(deployed('dev').bankFunction).toMatchObject({
      Handler: 'build/bank/handler.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { TAILFOLD_TABLE: 'tailfold-bank-dev' } },
      Role: 'BankRole.Arn',
    })
  })

  test('serves every route by one', () => {
    expect(deployed('dev').routes).toEqual(['$default'])
  })

  test('is told in its log how large its archive is', () => {
    expect(packages.dev.log).toMatch(/^bank: \d+ KB$/m)
  })

  test('keeps its log for 30 days', () => {
    expect(only('AWS::Logs::LogGroup').Properties).toEqual({
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
    const { Policies } = only('AWS::IAM::Role').Properties as {
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

describe('alarms', () => {
  test('watch errors, throttles, answers with 5xx, exhausted conflict budgets and the slowest of a hundred', () => {
    const alarms = ofType(deployed('dev').resources, 'AWS::CloudWatch::Alarm').map(({ Properties }) => {
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

  test('count the log line of an exhausted conflict budget, and no other', () => {
    const { LogGroupName, FilterPattern, MetricTransformations } = only('AWS::Logs::MetricFilter').Properties
    expect(LogGroupName).toBe(only('AWS::Logs::LogGroup').Properties['LogGroupName'])
    expect(MetricTransformations).toMatchObject([
      { MetricNamespace: 'tailfold-bank-dev', MetricName: 'ConflictBudgetExhausted', MetricValue: '1' },
    ])
    // A quoted term is met anywhere in a line; of { $.code = … } Lambda's own prefix would make nothing.
    const terms = [...String(FilterPattern).matchAll(/"([^"]+)"/g)].map(([, term = '']) => term)
    const isCounted = (line: string) => terms.every((term) => line.includes(term))
    expect(terms.length).toBeGreaterThan(0)
    expect(isCounted(loggedFor('conflict-budget-exhausted'))).toBe(true)
    expect(isCounted(loggedFor('store-unavailable'))).toBe(false)
    expect(isCounted(commandLineFor('conflict-budget-exhausted'))).toBe(false)
  })

  /** The line that each command has beside that of the failed request. */
  function commandLineFor(outcome: ErrorCode): string {
    const lines: string[] = []
    const about = { commandId: undefined, requestId: 'r-1', principal: undefined, traceparent: undefined }
    const end = jsonLog({ write: (line) => lines.push(line) })({
      ...about,
      entityType: 'account',
      entityId: 'a',
      command: 'Deposit',
      startedAt: 0,
    })
    end?.({
      outcome,
      revisionBefore: 1,
      revision: undefined,
      attempts: 100,
      conflicts: 100,
      replayed: false,
      replayedCommits: 0,
      periodReads: 0,
      durationMs: 1,
      cost: undefined,
      error: undefined,
    })
    return lines.join()
  }

  function loggedFor(code: Parameters<typeof logFailure>[0]['code']): string {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    logFailure({ requestId: 'r-1', method: 'POST', code, status: 503, error: new Error('too many attempts') })
    const [[line] = []] = log.mock.calls
    log.mockRestore()
    return String(line)
  }
})

test.for(stages)('the dashboard of stage %s is JSON and shows the metrics of that stage alone', (stage) => {
  const { DashboardName, DashboardBody } = only('AWS::CloudWatch::Dashboard', deployed(stage)).Properties
  expect(DashboardName).toBe(`tailfold-bank-${stage}`)
  const { widgets } = JSON.parse(String(DashboardBody)) as { widgets: readonly unknown[] }
  expect(widgets).toHaveLength(4)
  const others = stages.filter((other) => other !== stage).map((other) => `tailfold-bank-${other}`)
  expect(others.filter((name) => String(DashboardBody).includes(name))).toEqual([])
})

describe('the validator of AWS', { timeout }, () => {
  function complaints(file: string) {
    const { diagnostics } = new RegoEngine().validateStandard(new TemplateFile(file))
    return diagnostics
      .filter(({ severity }) => severity !== 'INFO')
      .map(({ ruleId, entity, propertyPath }) => [ruleId, entity?.logicalId, propertyPath])
  }

  test('passes the template of osls, but for two needless DependsOn', () => {
    expect(complaints(packages.dev.templateFile)).toEqual([
      ['W3005', 'BankLambdaFunction', 'DependsOn'],
      ['W3005', 'HttpApiRouteDefault', 'DependsOn'],
    ])
  })

  test('passes the SAM template', () => {
    expect(complaints(samTemplateFile)).toEqual([])
  })
})

describe('properties of SAM itself, where that validator does not look,', () => {
  test('are all known to SAM', () => {
    expect(unknownSamProperties(parseTemplate(readFileSync(samTemplateFile, 'utf8')))).toEqual([])
  })

  test('are found when they are mistyped', () => {
    const mistyped = `
      Globals: { Function: { Runtme: nodejs24.x } }
      Resources:
        F:
          Type: AWS::Serverless::Function
          Properties: { CodeUrii: ., Events: { A: { Type: HttpApii, Properties: {} }, B: { Type: HttpApi, Properties: { Pat: / } } } }`
    expect(unknownSamProperties(parseTemplate(mistyped))).toEqual([
      'Globals.Function.Runtme',
      'F.CodeUrii',
      'F.Events.A: HttpApii',
      'F.Events.B.Pat',
    ])
  })
})

test('sam build finds in the Makefile how the handler of the function is built', { timeout }, async () => {
  const { BankFunction } = parseTemplate(readFileSync(samTemplateFile, 'utf8')).Resources
  expect(BankFunction).toMatchObject({ Metadata: { BuildMethod: 'makefile' }, Properties: { CodeUri: '.' } })
  const [, recipe = ''] =
    /^build-BankFunction:\n\t(.*)$/m.exec(readFileSync(join(root, 'infra/Makefile'), 'utf8')) ?? []
  const artifacts = temporaryFolder()
  try {
    const command = recipe.replace('$(project)', root).replace('$(ARTIFACTS_DIR)', artifacts.path)
    await promisify(execFile)('sh', ['-c', command], { cwd: artifacts.path })
    const [file] = String(BankFunction?.Properties['Handler']).split('.')
    expect(readFileSync(join(artifacts.path, `${file}.mjs`), 'utf8')).toMatch(/export\{[\w$]+ as handler\}/)
  } finally {
    artifacts.remove()
  }
})
