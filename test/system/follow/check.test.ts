import { expect, test } from 'vitest'
import { type Account, violationsOf } from './check.ts'

const whole: Account = {
  entityId: 'a',
  sequenceNr: 2,
  balance: 2,
  row: { balance: 2 },
  deposited: { count: 2, total: 2 },
}
const told = [
  { entityId: 'a', revision: 1 },
  { entityId: 'a', revision: 2 },
]
const sight = (sequenceNr: number, id = `account/a/${sequenceNr}`) => ({ entityId: 'a', sequenceNr, id })
const all = [sight(1), sight(2)]

test('a run that kept its promises has no violations, with events seen again', () => {
  expect(violationsOf([whole], told, all)).toEqual([])
  expect(violationsOf([whole], told, [sight(1), sight(1), sight(2), sight(1), sight(2)])).toEqual([])
})

test.each([
  ['an event that was never seen', [whole], told, [sight(1)], '1 of 2 events were seen'],
  [
    'an event that came before the one before it',
    [whole],
    told,
    [sight(2), sight(1)],
    'event 2 came after 0',
  ],
  ['an id of two events', [whole], told, [sight(1, 'x'), sight(2, 'x')], 'two events have the id x'],
  [
    'a lost command',
    [whole],
    [...told, { entityId: 'a', revision: 3 }],
    all,
    'an acknowledged command is lost',
  ],
  [
    'two commands at one revision',
    [whole],
    [...told, ...told],
    all,
    'two commands were told the same revision',
  ],
  ['a row that is behind', [{ ...whole, row: { balance: 1 } }], told, all, 'its row has 1, its state 2'],
  [
    'an event that counted twice',
    [{ ...whole, deposited: { count: 3, total: 3 } }],
    told,
    all,
    'the projection counts 3 of 2 deposits',
  ],
] as const)('%s is a violation', (_name, accounts, acknowledged, seen, violation) => {
  expect(violationsOf(accounts, acknowledged, seen).join()).toContain(violation)
})
