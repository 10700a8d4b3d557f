import type { Commit } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { resolveEntity } from '../../../src/core/entity/entity.ts'
import { emptyView, foldCommits } from '../../../src/core/engine/view.ts'

const entity = { entityType: 'account', entityId: 'a' }
const definition = resolveEntity(account as never)
const empty = emptyView(definition, entity)

function commit(revision: number, lastSequenceNr: number): Commit {
  const events = [{ type: 'Deposited', amount: 1 }]
  return {
    revision,
    commitId: `c${revision}`,
    timestamp: 0,
    lastSequenceNr,
    events,
    receipts: [],
    hash: '',
    bytes: 0,
  }
}

describe('a fold', () => {
  test('takes commits whose revisions and sequence numbers follow each other', () => {
    const { revision, sequenceNr, state } = foldCommits(
      definition,
      empty,
      [commit(1, 1), commit(2, 2)],
      false,
    )
    expect({ revision, sequenceNr, state }).toEqual({
      revision: 2,
      sequenceNr: 2,
      state: { balance: 2, txCount: 2 },
    })
  })

  test('hands a frozen state to every event, and keeps the last one as it is', () => {
    const seen: unknown[] = []
    const onEvent = (state: { readonly count: number }, { amount }: { readonly amount: number }) => {
      seen.push(state)
      return amount === 0 ? state : { count: state.count + amount }
    }
    const counted = resolveEntity({ ...account, initialState: { count: 0 }, onEvent } as never)
    const commits = [1, 2, 3].map((n) => ({ ...commit(n, n), events: [{ type: 'Counted', amount: n % 3 }] }))
    const { state } = foldCommits(counted, emptyView(counted, entity), commits, false)
    expect(seen).toEqual([{ count: 0 }, { count: 1 }, { count: 3 }])
    expect([...seen, state].every((each) => Object.isFrozen(each))).toBe(true)
    expect(state).toEqual({ count: 3 })
    expect(state).toBe(seen.at(-1))
  })

  test.each([
    ['a revision is missing', [commit(1, 1), commit(3, 2)], 3],
    ['a revision stands twice', [commit(1, 1), commit(1, 2)], 1],
    ['the first revision is missing', [commit(2, 1)], 2],
    ['a sequence number is missing', [commit(1, 1), commit(2, 3)], 2],
    ['a sequence number stands twice', [commit(1, 1), commit(2, 1)], 2],
  ])('is journal-corrupt when %s', (_, commits, revision) => {
    expect(() => foldCommits(definition, empty, commits, false)).toThrow(
      expect.objectContaining({ code: 'journal-corrupt', data: expect.objectContaining({ revision }) }),
    )
  })
})
