import { expect, test } from 'vitest'
import { checkConsumers } from '../../../src/testing/simulate-consumers/check.ts'
import type { ConsumersHistory } from '../../../src/testing/simulate-consumers/history.ts'
import { drawConsumersPlan } from '../../../src/testing/simulate-consumers/plan.ts'
import type { RowCosts } from '../../../src/testing/simulate-consumers/read-models/row-costs.ts'
import { runConsumersHistory } from '../../../src/testing/simulate-consumers/run-history.ts'

const calm = {
  ...drawConsumersPlan(3),
  batchFaults: [],
  storeFaults: [],
  handlerFaults: [],
  rebuild: undefined,
}
const sound = await runConsumersHistory(calm)

/** The rules that a history breaks with other rows. */
const brokenByRows = (change: Partial<ConsumersHistory['readModels']>) =>
  brokenBy({ readModels: { ...sound.readModels, ...change } })

/** The rules that a history breaks. */
const brokenBy = (change: Partial<ConsumersHistory>) =>
  checkConsumers({ ...sound, ...change }).map(({ rule }) => rule)

test('the checker passes a history in which nothing went wrong', () => {
  expect(sound.effects.length).toBeGreaterThan(5)
  expect(brokenBy({})).toEqual([])
})

test('the checker finds an effect that is missing', () => {
  const without = sound.effects.slice(0, -1)
  expect(brokenBy({ effects: without, afterShard: without })).toContain('every event is handled')
})

test('the checker finds a feed without losses that did not bring everything', () => {
  expect(brokenBy({ afterShard: sound.effects.slice(0, -1) })).toContain(
    'a feed without losses needs no catch-up',
  )
})

test('the checker finds events out of order', () => {
  const { key } = sound.effects.find(({ sequenceNr }) => sequenceNr === 2) ?? {}
  const own = sound.effects.filter((effect) => effect.key === key).toReversed()
  const others = sound.effects.filter((effect) => effect.key !== key)
  expect(brokenBy({ effects: [...others, ...own] })).toContain('events are handled in order')
})

test('the checker finds a position before its effect, and costs that calm does not need', () => {
  expect(brokenBy({ problems: ['a position ran ahead'] })).toContain('positions follow the effects')
  expect(brokenBy({ reads: 1 })).toContain('in calm costs are one write for each entity of a batch')
  expect(brokenBy({ effects: [...sound.effects, ...sound.effects.slice(-1)] })).toContain(
    'in calm each event is handled once',
  )
})

test('the checker finds poison that parked nothing', () => {
  const [first] = sound.effects
  const entity = sound.keys.indexOf(first?.key ?? '')
  const plan = { ...calm, handlerFaults: [{ entity, sequenceNr: 1, fault: 'poison-always' as const }] }
  expect(brokenBy({ plan })).toContain('poison parks its entity')
})

test('the checker finds rows, reads and rebuilds that are wrong', () => {
  expect(brokenByRows({ written: ['a row fell back'] })).toEqual(['rows are what states and events make'])
  expect(brokenByRows({ read: ['a list lacks a row'] })).toEqual(['a read shows what it must'])
  expect(brokenByRows({ rebuilt: ['a row is missing'] })).toEqual(['a rebuild makes what is there'])
})

test('the checker finds a row that stays behind, for a while and in the end', () => {
  const [first] = sound.changes
  const places = ['steps@1', 'counts@1'].map((id) => `${id} ${first?.key}`)
  for (const place of places) {
    const behind = (all: ConsumersHistory['readModels']['atEnd']) =>
      new Map([...all, [place, { revision: 0, parked: false }]])
    expect(brokenByRows({ afterShard: behind(sound.readModels.afterShard) })).toEqual([
      'rows follow a feed without losses',
    ])
    expect(brokenByRows({ atEnd: behind(sound.readModels.atEnd) })).toEqual(['every row is there in the end'])
  }
})

test('the checker finds rows that cost more than they must', () => {
  const { costs, recovered } = sound.readModels
  const more = (id: string, of: object) =>
    brokenByRows({ costs: new Map([...costs, [id, { ...(costs.get(id) as RowCosts), ...of }]]) })
  const rule = 'in calm rows cost what they must'
  expect(more('steps@1', { written: 100 })).toEqual([rule])
  expect(more('steps@1', { read: 100 })).toEqual([rule])
  for (const of of [{ writes: 100 }, { written: 100 }, { read: 100 }])
    expect(more('counts@1', of)).toEqual([rule])
  expect(brokenByRows({ recovered: [...recovered, ...sound.changes.map(({ key }) => key)] })).toEqual([rule])
})

test('the checker finds an event that no fold takes and that parked nothing', () => {
  const entity = sound.keys.indexOf(sound.effects[0]?.key ?? '')
  const plan = { ...calm, handlerFaults: [{ entity, sequenceNr: 1, fault: 'poison-always' as const }] }
  expect(brokenBy({ plan })).toContain('an event that no fold takes parks its entity')
})
