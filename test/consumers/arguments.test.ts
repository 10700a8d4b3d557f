import { InMemoryJournal, memoryRows } from 'tailfold'
import { consumer, createConsumers, follow } from 'tailfold/consumers'
import { describe, expect, test } from 'vitest'
import { counted } from '../helpers/counted.ts'
import { counter } from '../helpers/counter.ts'
import { fourMethodJournal } from '../helpers/four-method-journal.ts'
import { thrownBy } from '../helpers/thrown.ts'

const adding = consumer({ name: 'adding', from: counter, handle() {} })
const [journal, rows] = [new InMemoryJournal(), memoryRows()]

describe('wrong arguments are TypeErrors that say what is wrong', () => {
  test.for([
    ['a name with a space', () => consumer({ name: 'a b', from: counter, handle() {} }), 'a b'],
    ['a version of 0', () => consumer({ name: 'a', version: 0, from: counter, handle() {} }), 'version'],
    ['no entity', () => consumer({ name: 'a', from: [], handle() {} }), 'entities'],
    [
      'another start',
      () => consumer({ name: 'a', from: counter, startFrom: 'soon' as never, handle() {} }),
      'now',
    ],
    ['no handler', () => consumer({ name: 'a', from: counter } as never), 'handle'],
    ['two of one name', () => createConsumers({ journal, rows, consumers: [adding, adding] }), 'adding@1'],
    ['no consumer', () => createConsumers({ journal, rows, consumers: [] }), 'consumers'],
    ['no rows', () => createConsumers({ journal, consumers: [adding] } as never), 'row store'],
    [
      'a journal of four methods',
      () => createConsumers({ journal: fourMethodJournal() as never, rows, consumers: [adding] }),
      'four methods',
    ],
  ] as const)('%s', ([, call, part]) => {
    const error = thrownBy(call)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain(part)
  })

  test('a journal without a feed', () => {
    const { changes: _, ...store } = counted().store
    const error = thrownBy(() => follow(counted({ store }).open()))
    expect((error as Error).message).toContain('no change feed')
  })
})
