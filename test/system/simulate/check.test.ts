import type { Commit } from 'tailfold'
import { describe, expect, test } from 'vitest'
import type { AnyEntity } from '../../../src/core/entity/entity.ts'
import { checkHistory } from '../../../src/testing/simulate/check.ts'
import { type History, type Invocation, runHistory } from '../../../src/testing/simulate/history.ts'
import { drawPlan } from '../../../src/testing/simulate/plan.ts'
import { bankSimulation } from './bank.ts'

const definition = bankSimulation.entity as unknown as AnyEntity
const calm = {
  operations: 40,
  processes: 3,
  entities: 1,
  command: bankSimulation.command,
  oversized: undefined,
}

/** A history without faults, on one entity, its commands `spread` times as far apart. */
async function goodHistory(seed: number, spread = 1): Promise<History> {
  const drawn = drawPlan({ ...calm, seed })
  const operations = drawn.operations.map((operation) => ({ ...operation, atMs: operation.atMs * spread }))
  return runHistory(definition, { ...drawn, operations, storeFaults: [], processFaults: [] })
}

/** The same history with its one entity's journal changed. */
function withCommits(history: History, change: (commits: readonly Commit[]) => readonly Commit[]): History {
  const entities = history.entities.map((entity) => ({ ...entity, commits: change(entity.commits) }))
  return { ...history, entities }
}

function withInvocation(
  history: History,
  pick: (one: Invocation) => boolean,
  change: (one: Invocation) => Invocation,
) {
  const index = history.invocations.findIndex(pick)
  expect(index).toBeGreaterThanOrEqual(0)
  return {
    ...history,
    invocations: history.invocations.with(index, change(history.invocations[index] as Invocation)),
  }
}

async function brokenRules(history: History): Promise<string[]> {
  return [...new Set((await checkHistory(definition, history)).map(({ rule }) => rule))]
}

describe('the checker', () => {
  test('passes histories in which nothing went wrong', async () => {
    for (let seed = 1; seed <= 20; seed++)
      expect(await checkHistory(definition, await goodHistory(seed))).toEqual([])
  })

  test('finds a commit that was dropped', async () => {
    const history = withCommits(await goodHistory(1), (commits) => commits.toSpliced(1, 1))
    expect(await brokenRules(history)).not.toEqual([])
  })

  test('finds the last commit dropped, with everything after it consistent: an acknowledged write is lost', async () => {
    const good = await goodHistory(1)
    expect(await brokenRules(withCommits(good, (commits) => commits.slice(0, -1)))).toContain(
      'an answer fits a state within its interval',
    )
  })

  test('finds a commit that stands twice', async () => {
    const history = withCommits(await goodHistory(2), (commits) => [...commits, commits[0] as Commit])
    expect(await brokenRules(history)).toContain('once')
  })

  test('finds two commits that were swapped', async () => {
    const good = await goodHistory(3)
    const swapped = withCommits(good, (commits) =>
      commits.map((commit, index) => {
        const source = commits[
          index === 0 ? commits.length - 1 : index === commits.length - 1 ? 0 : index
        ] as Commit
        return { ...commit, events: source.events, receipts: source.receipts }
      }),
    )
    expect(await brokenRules(swapped)).toContain('real-time order')
  })

  test('finds a reply that was changed', async () => {
    const history = withInvocation(
      await goodHistory(4),
      ({ operation, result }) => operation.command.type === 'Withdraw' && result?.kind === 'replied',
      (one) => ({ ...one, result: { ...one.result, reply: 'no' } as never }),
    )
    expect(await brokenRules(history)).toEqual(['the answer of its place'])
  })

  test('finds a query that shows what never was', async () => {
    const history = withInvocation(
      await goodHistory(5),
      ({ operation, result }) => operation.command.type === 'GetBalance' && result?.kind === 'replied',
      (one) => ({ ...one, result: { ...one.result, reply: { balance: -1, txCount: 0 } } as never }),
    )
    expect(await brokenRules(history)).toEqual(['an answer fits a state within its interval'])
  })

  test('finds a stale query: a state older than what was answered before it was asked', async () => {
    const good = await goodHistory(6, 50)
    const lastQuery = good.invocations.findLast(
      ({ operation, result }) => operation.command.type === 'GetBalance' && result?.kind === 'replied',
    )
    const history = withInvocation(
      good,
      (one) => one === lastQuery,
      (one) => ({ ...one, result: { ...one.result, reply: { balance: 0, txCount: 0 } } as never }),
    )
    expect(await brokenRules(history)).toEqual(['an answer fits a state within its interval'])
  })

  test('finds a command that failed for certain and is there all the same', async () => {
    const good = await goodHistory(7)
    const ids = good.invocations.map(({ operation }) => operation.marker)
    const history = withInvocation(
      good,
      ({ operation, result }) =>
        operation.command.type === 'Deposit' &&
        result?.kind === 'replied' &&
        ids.filter((id) => id === operation.marker).length === 1,
      (one) => ({ ...one, result: { kind: 'error', error: { code: 'conflict-budget-exhausted' } as never } }),
    )
    expect(await brokenRules(history)).toEqual(['a definite failure leaves nothing'])
  })

  test('finds a stored state that is not the fold', async () => {
    const good = await goodHistory(8)
    const entities = good.entities.map((entity) => ({ ...entity, finalState: { balance: 1e9, txCount: 1 } }))
    expect(await brokenRules({ ...good, entities })).toEqual(['a stored state equals the fold'])
  })
})

describe('a history', () => {
  test('is decided by its plan alone: run twice, it is the same', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const plan = drawPlan({ ...calm, seed })
      const [one, two] = [await runHistory(definition, plan), await runHistory(definition, plan)]
      expect(JSON.stringify(two.invocations)).toBe(JSON.stringify(one.invocations))
      expect(two.entities).toEqual(one.entities)
    }
  })
})
