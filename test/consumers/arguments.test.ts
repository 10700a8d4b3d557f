import { InMemoryJournal, memoryRows, memoryStore } from 'tailfold'
import { catchUp, consumer, createConsumers, follow, runDueCatchUps } from 'tailfold/consumers'
import {
  checkView,
  dropView,
  projection,
  readViews,
  rebuildView,
  switchView,
  view,
  viewRoutes,
} from 'tailfold/views'
import { describe, expect, test } from 'vitest'
import { counted } from '../helpers/counted.ts'
import { counter } from '../helpers/counter.ts'
import { fourMethodJournal } from '../helpers/four-method-journal.ts'
import { rejectionOf, thrownBy } from '../helpers/thrown.ts'

const adding = consumer({ name: 'adding', from: counter, handle() {} })
const sums = view({ name: 'sums', from: counter, row: (state) => state })
const every = view({
  name: 'all',
  from: counter,
  row: (state) => state,
  indexes: { all: { by: () => 1 } },
})
const all = projection({
  name: 'every',
  from: counter,
  initialRow: {},
  key: () => 'all',
  on: { Counted: (row) => row },
})
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
    [
      'a definition that nothing was made of',
      () =>
        createConsumers({
          journal,
          rows,
          consumers: [adding, { name: 'a', from: counter, handle() {} }],
        } as never),
      'consumers[1] of createConsumers must be what consumer(...)',
    ],
    ['a feed that is none', () => follow(counted().open(), { feed: {} as never }), 'feed of follow'],
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

  test.for<[string, () => unknown]>([
    ['consumer', () => consumer({ name: 'a', from: counter, startform: 'now', handle() {} } as never)],
    ['createConsumers', () => createConsumers({ journal, rows, consumers: [adding], onPark() {} } as never)],
    ['follow', () => follow(counted().open(), { onErrors() {} } as never)],
    ['catchUp', () => catchUp(counted().open(), { changesPerSec: 5 } as never)],
    ['runDueCatchUps', () => runDueCatchUps(counted().open(), { fed: 5 } as never)],
    ['view', () => view({ name: 'a', from: counter, row: () => null, index: {} } as never)],
    [
      'Index all of view a',
      () =>
        view({
          name: 'a',
          from: counter,
          row: () => null,
          indexes: { all: { by: () => 1, sorted: 1 } },
        } as never),
    ],
    ['projection', () => projection({ name: 'a', from: counter, initialRow: {}, spred: 2 } as never)],
    ['readViews', () => readViews({ journal, rows, view: [] } as never)],
    [
      'get of sums',
      () => readViews({ journal, rows, views: [sums] }).sums.get('a', { tennant: 'acme' } as never),
    ],
    [
      'query of all',
      () => readViews({ journal, rows, views: [every] }).all.query('all', 1, { tennant: 'acme' } as never),
    ],
    [
      'get of every',
      () => readViews({ journal, rows, views: [all] }).every.get('a', { tennant: 'acme' } as never),
    ],
    ['viewRoutes', () => viewRoutes({ journal, rows, view: [] } as never)],
    ['rebuildView', () => rebuildView(sums, { store: memoryStore(), rows, rate: 5 } as never)],
    ['checkView', () => checkView(sums, { journal, rows, most: 5 } as never)],
    ['switchView', () => switchView('sums', 2, { rows, forced: true } as never)],
    ['dropView', () => dropView(sums, { rows, alltenants: true } as never)],
  ])('an unknown option of %s, which names those there are', async ([of, call]) => {
    const error = await rejectionOf((async () => call())())
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(
      new RegExp(`^${of} has no option "\\w+"; its options are \\w+, `),
    )
  })

  test('a definition that is an object of a class may have fields of its own', async () => {
    class Sum {
      readonly name = 'sum'
      readonly from = counter
      sum = 0
      handle({ by }: { by: number }) {
        this.sum += by
      }
    }
    const sum = new Sum()
    const { count, changes, journal: own } = counted()
    await count('a', 5)
    await createConsumers({ journal: own, rows: memoryRows(), consumers: [consumer(sum)] }).deliver(
      await changes(),
    )
    expect(sum.sum).toBe(5)
  })

  test('a journal without a feed', () => {
    const { changes: _, ...store } = counted().store
    const error = thrownBy(() => follow(counted({ store }).open()))
    expect((error as Error).message).toContain('no change feed')
  })
})
