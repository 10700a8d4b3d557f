import { tableDefinition } from 'tailfold/dynamodb'
import { rowsTableDefinition } from 'tailfold/dynamodb/rows'
import { describe, expect, test } from 'vitest'
import { timeToLiveDefinition } from '../../src/stores/dynamodb/table/definition.ts'
import { samDeployment } from '../helpers/deployments.ts'

const stages = ['dev', 'prod'] as const
const tables = [
  ['JournalTable', '', tableDefinition, { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }],
  ['RowsTable', '-rows', rowsTableDefinition, {}],
] as const

describe.for(tables)('the deployed %s', ([logicalId, suffix, definition, stream]) => {
  const tableOf = (stage: string) => samDeployment(stage).resources[logicalId]

  test('has the name, keys, indexes, billing and time to live that the store needs', () => {
    const name = `tailfold-bank-dev${suffix}`
    const { TimeToLiveSpecification } = timeToLiveDefinition(name)
    expect(tableOf('dev')?.Properties).toMatchObject({
      ...definition(name),
      ...stream,
      TimeToLiveSpecification,
    })
  })

  test('outlives the stack in stage prod, where it cannot be deleted', () => {
    expect(tableOf('prod')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { TableName: `tailfold-bank-prod${suffix}`, DeletionProtectionEnabled: true },
    })
  })

  test('goes with the stack in other stages', () => {
    expect(tableOf('dev')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    })
  })

  test.for(stages)('is encrypted and has its past to go back to in stage %s', (stage) => {
    expect(tableOf(stage)?.Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    })
  })
})

test('only the journal has a stream, of the images that consumers read', () => {
  const { JournalTable, RowsTable } = samDeployment('dev').resources
  expect(JournalTable?.Properties['StreamSpecification']).toEqual({ StreamViewType: 'NEW_IMAGE' })
  expect(RowsTable?.Properties).not.toHaveProperty('StreamSpecification')
})
