import { expect, test } from 'vitest'
import { checkConsumers } from '../../../src/testing/simulate-consumers/check.ts'
import type { ConsumersHistory } from '../../../src/testing/simulate-consumers/history.ts'
import { drawConsumersPlan } from '../../../src/testing/simulate-consumers/plan.ts'
import { runConsumersHistory } from '../../../src/testing/simulate-consumers/run-history.ts'

const calm = { ...drawConsumersPlan(3), batchFaults: [], storeFaults: [], handlerFaults: [] }
const sound = await runConsumersHistory(calm)

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
