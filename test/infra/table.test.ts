import { tableDefinition } from 'tailfold/dynamodb'
import { describe, expect, test } from 'vitest'
import { timeToLiveDefinition } from '../../src/stores/dynamodb/table/definition.ts'
import { only, samDeployment } from '../helpers/deployments.ts'

const stages = ['dev', 'prod'] as const
const tableOf = (stage: string) => only('AWS::DynamoDB::Table', samDeployment(stage))

describe('the deployed table', () => {
  test('has the name, keys, billing and time to live that the store needs, and a stream', () => {
    const { TimeToLiveSpecification } = timeToLiveDefinition('tailfold-bank-dev')
    expect(tableOf('dev').Properties).toMatchObject({
      ...tableDefinition('tailfold-bank-dev'),
      TimeToLiveSpecification,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    })
  })

  test('outlives the stack in stage prod, where it cannot be deleted', () => {
    expect(tableOf('prod')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { TableName: 'tailfold-bank-prod', DeletionProtectionEnabled: true },
    })
  })

  test('goes with the stack in other stages', () => {
    expect(tableOf('dev')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    })
  })

  test.for(stages)('is encrypted and has its past to go back to in stage %s', (stage) => {
    expect(tableOf(stage).Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    })
  })
})
