import { type EmfMetricsOptions, emfMetrics } from 'tailfold/observe'
import { describe, expect, test } from 'vitest'
import { command, openBank } from '../helpers/bank.ts'
import { emfProblems, emfValues } from '../helpers/emf.ts'

const id = 'acc-001'

function openMetrics(options: Partial<EmfMetricsOptions> = {}, costs = true) {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const observers = [emfMetrics({ namespace: 'Bank', write, ...options })]
  return { lines, bank: openBank().engine({ observers, costs }) }
}

describe('a line of metrics', () => {
  test('is a document of the embedded metric format, whatever the outcome', async () => {
    const { lines, bank } = openMetrics({ dimensions: { Stage: 'prod', Service: 'bank' }, perCommand: true })
    await bank.execute(id, command.deposit(5), { requestId: 'r-1' })
    await bank.execute(id, command.withdraw(50))
    await bank.execute(id, { type: 'Nope' }).catch(() => {})
    await bank.execute(id, command.deposit(5), { expectedRevision: 9 }).catch(() => {})
    expect(lines).toHaveLength(4)
    expect(lines.flatMap(emfProblems)).toEqual([])
  })

  test('holds duration, conflicts, errors and cost by entity type', async () => {
    const { lines, bank } = openMetrics({ dimensions: { Stage: 'prod' } })
    await bank.execute(id, command.deposit(5))
    const dimensions = { Stage: 'prod', EntityType: 'account' }
    expect(lines.flatMap(emfValues)).toEqual([
      ['Bank', dimensions, 'Duration', 0],
      ['Bank', dimensions, 'Conflicts', 0],
      ['Bank', dimensions, 'Errors', 0],
      ['Bank', dimensions, 'Requests', 2],
      ['Bank', dimensions, 'ReadUnits', 0],
      ['Bank', dimensions, 'WriteUnits', 0],
    ])
  })

  test('holds no cost that nobody asked for', async () => {
    const { lines, bank } = openMetrics({}, false)
    await bank.execute(id, command.deposit(5))
    expect(lines.flatMap(emfValues).map(([, , name]) => name)).toEqual(['Duration', 'Conflicts', 'Errors'])
  })

  test('counts an error once by entity type and once by outcome; a refusal is none', async () => {
    const { lines, bank } = openMetrics()
    await bank.execute(id, command.withdraw(50))
    await bank.execute(id, command.deposit(5), { expectedRevision: 9 }).catch(() => {})
    expect(lines.flatMap(emfValues).filter(([, , name]) => name === 'Errors')).toEqual([
      ['Bank', { EntityType: 'account' }, 'Errors', 0],
      ['Bank', { EntityType: 'account' }, 'Errors', 1],
      ['Bank', { EntityType: 'account', Outcome: 'revision-mismatch' }, 'Errors', 1],
    ])
  })

  test('adds up to what was spent when commands are decided together', async () => {
    const { lines, bank } = openMetrics()
    await Promise.all(Array.from({ length: 8 }, () => bank.execute(id, command.deposit(1))))
    const requests = lines.flatMap(emfValues).filter(([, , name]) => name === 'Requests')
    expect(requests).toHaveLength(8)
    expect(requests.reduce((sum, [, , , value]) => sum + Number(value), 0)).toBe(2)
  })

  test('makes no metric of a name that callers made up', async () => {
    const { lines, bank } = openMetrics({ perCommand: true })
    for (const type of ['Nope', 'Ünknown', '', ' ', 'x'.repeat(500)])
      await bank.execute(id, { type }).catch(() => {})
    await bank.execute(id, command.deposit(1))
    const commands = lines.flatMap(emfValues).map(([, dimensions]) => dimensions['Command'])
    expect([...new Set(commands)]).toEqual(['other', 'Deposit'])
    expect(lines.flatMap(emfProblems)).toEqual([])
  })
})

test.for<[string, EmfMetricsOptions]>([
  ['no namespace', { namespace: '' }],
  ['a namespace that is not set', { namespace: undefined as never }],
  ['a namespace that is no text', { namespace: 5 as never }],
  ['no options', undefined as never],
  ['an option that is misspelt', { namespace: 'Bank', dimension: { Stage: 'dev' } } as never],
  ['a dimension that is not named', { namespace: 'Bank', dimensions: 'dev' as never }],
  ['a writer that is no function', { namespace: 'Bank', write: 'stdout' as never }],
  ["one of AWS's own", { namespace: 'AWS/Lambda' }],
  ['a namespace with a space', { namespace: 'my bank' }],
  ['a dimension named as a metric', { namespace: 'Bank', dimensions: { Duration: 'x' } }],
  ['a dimension that begins with a colon', { namespace: 'Bank', dimensions: { ':x': 'x' } }],
  ['a dimension without a value', { namespace: 'Bank', dimensions: { Stage: '' } }],
  ['a dimension that is no text', { namespace: 'Bank', dimensions: { Stage: undefined as never } }],
  [
    'too many dimensions',
    {
      namespace: 'Bank',
      dimensions: Object.fromEntries(Array.from({ length: 28 }, (_, n) => [`d${n}`, 'x'])),
    },
  ],
])('%s is a mistake found at construction', ([, options]) => {
  expect(() => emfMetrics(options)).toThrow(TypeError)
})
