import type { Commit } from 'tailfold'
import { describe, expect, test } from 'vitest'
import { checkHistory } from '../../../src/testing/simulate/check/check-history.ts'
import type { CommandInvocation, History, Invocation } from '../../../src/testing/simulate/history.ts'
import { runHistory } from '../../../src/testing/simulate/run-history.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { bankDefinition, calmPlan } from './calm-plan.ts'

/** A history without faults, on one entity, its requests `spread` times as far apart. */
function goodHistory(seed: number, spread = 1): Promise<History> {
  const plan = calmPlan(seed)
  const operations = plan.operations.map((operation) => ({ ...operation, atMs: operation.atMs * spread }))
  return runHistory(bankDefinition, { ...plan, operations }, memoryStore)
}

/** The same history with its one entity's journal changed. */
function withCommits(history: History, change: (commits: readonly Commit[]) => readonly Commit[]): History {
  const entities = history.entities.map((entity) => ({
    ...entity,
    epochs: entity.epochs.map((epoch) => ({ ...epoch, commits: change(epoch.commits) })),
  }))
  return { ...history, entities }
}

/** The first good history that has such a request. */
async function historyWith(pick: (one: Invocation) => boolean, spread = 1): Promise<History> {
  for (let seed = 1; seed < 100; seed++) {
    const history = await goodHistory(seed, spread)
    if (history.invocations.some(pick)) return history
  }
  throw new Error('No history has such a request.')
}

/** Changes the first such request. */
function withRequest(
  history: History,
  pick: (one: Invocation) => boolean,
  change: (one: Invocation) => object,
): History {
  const index = history.invocations.findIndex(pick)
  expect(index).toBeGreaterThanOrEqual(0)
  const one = history.invocations[index] as Invocation
  return {
    ...history,
    invocations: history.invocations.with(index, { ...one, ...change(one) }),
  }
}

function answered(type: string): (one: Invocation) => boolean {
  return ({ operation, result }) =>
    operation.kind === 'command' && operation.command.type === type && result?.kind === 'replied'
}

async function brokenRules(history: History): Promise<string[]> {
  return [...new Set((await checkHistory(bankDefinition, history)).map(({ rule }) => rule))]
}

describe('the checker', () => {
  test('passes histories in which nothing went wrong', async () => {
    for (let seed = 1; seed <= 20; seed++)
      expect(await checkHistory(bankDefinition, await goodHistory(seed))).toEqual([])
  })

  test('finds a commit that was dropped', async () => {
    const history = withCommits(await goodHistory(1), (commits) => commits.toSpliced(1, 1))
    expect(await brokenRules(history)).not.toEqual([])
  })

  test('finds the last commit dropped with everything after it consistent: a lost acknowledged write', async () => {
    const history = withCommits(await goodHistory(1), (commits) => commits.slice(0, -1))
    expect(await brokenRules(history)).toContain('an answer fits a state within its interval')
  })

  test('finds a commit that is there twice', async () => {
    const history = withCommits(await goodHistory(2), (commits) => [...commits, commits[0] as Commit])
    expect(await brokenRules(history)).toContain('once')
  })

  test('finds two commits that were swapped', async () => {
    const history = withCommits(await goodHistory(3, 50), (commits) => {
      const contentOf = (index: number) => {
        const { events, receipts, causes } = commits.at(index) as Commit
        return { events, receipts, causes }
      }
      return commits.map((commit, index) =>
        index === 0 || index === commits.length - 1
          ? { ...commit, ...contentOf(index === 0 ? -1 : 0) }
          : commit,
      )
    })
    expect(await brokenRules(history)).not.toEqual([])
  })

  test('finds an event without a command', async () => {
    const history = withCommits(await goodHistory(3), (commits) =>
      commits.map((commit) => ({ ...commit, causes: [], receipts: [] })),
    )
    expect(await brokenRules(history)).toContain('every event belongs to a command')
  })

  test('finds a command id without its receipt', async () => {
    const history = withCommits(await goodHistory(3), (commits) =>
      commits.map((commit) => ({ ...commit, receipts: [] })),
    )
    expect(await brokenRules(history)).toEqual(['a command id has its receipt'])
  })

  test('finds a reply that was changed', async () => {
    const history = withRequest(
      await historyWith(answered('Withdraw')),
      answered('Withdraw'),
      ({ result }) => ({
        result: { ...result, reply: 'no' },
      }),
    )
    expect(await brokenRules(history)).toEqual(['the answer of its place'])
  })

  test('finds a query that shows what never was', async () => {
    const history = withRequest(
      await historyWith(answered('GetBalance')),
      answered('GetBalance'),
      ({ result }) => ({
        result: { ...result, reply: { balance: -1, txCount: 0 } },
      }),
    )
    expect(await brokenRules(history)).toEqual(['an answer fits a state within its interval'])
  })

  test('finds a query of a state older than what was answered before it was sent', async () => {
    const good = await historyWith(answered('GetBalance'), 50)
    const last = good.invocations.findLast(answered('GetBalance'))
    const reply = bankDefinition.initialState
    const history = withRequest(
      good,
      (one) => one === last,
      ({ result }) => ({
        result: { ...result, reply, revision: 0 },
        decisions: [{ revision: 0, now: 0, atMs: 0 }],
      }),
    )
    expect(await brokenRules(history)).toEqual(['an answer fits a state within its interval'])
  })

  test('finds a read of another state, current or past', async () => {
    for (const kind of ['read', 'read-past']) {
      const found = ({ operation, result }: Invocation) =>
        operation.kind === kind && result?.kind === 'read' && result.found !== undefined
      const history = withRequest(await historyWith(found), found, ({ result }) => ({
        result: { ...result, found: { revision: 1, sequenceNr: 1, state: {} } },
      }))
      expect(await brokenRules(history)).toEqual(['a read gives the state of its place'])
    }
  })

  test('finds a command that failed for certain and is there all the same', async () => {
    const good = await historyWith(answered('Deposit'))
    const history = withRequest(good, answered('Deposit'), () => ({
      result: { kind: 'error', error: { code: 'conflict-budget-exhausted', message: '' } },
    }))
    expect(await brokenRules(history)).toContain('a definite failure leaves nothing')
  })

  test('finds an answer that was given before its commit was durable', async () => {
    const history = withRequest(
      await historyWith(answered('Deposit')),
      answered('Deposit'),
      ({ invokedAt }) => ({
        returnedAt: invokedAt,
      }),
    )
    expect(await brokenRules(history)).toContain('durable before it is answered')
  })

  test('finds a request that is never answered', async () => {
    const history = withRequest(await historyWith(answered('GetBalance')), answered('GetBalance'), () => ({
      returnedAt: undefined,
      result: undefined,
    }))
    expect(await brokenRules(history)).toEqual(['every request is answered'])
  })

  test('finds what a caller handed in to be changed', async () => {
    const history = withRequest(await historyWith(answered('DepositAll')), answered('DepositAll'), () => ({
      altered: true,
    }))
    expect(await brokenRules(history)).toEqual(['what a caller hands in is not changed'])
  })

  test('finds a stored state that is not the fold', async () => {
    const good = await goodHistory(8)
    const wrong = { balance: 1e9, txCount: 1 }
    const final = good.entities.map((entity) => ({ ...entity, final: { ...entity.final, state: wrong } }))
    expect(await brokenRules({ ...good, entities: final })).toEqual(['a stored state equals the fold'])
    const riding = good.entities.map((entity) => ({
      ...entity,
      states: entity.states.map((found) => ({ ...found, state: wrong })),
    }))
    expect(await brokenRules({ ...good, entities: riding })).toEqual(['a stored state equals the fold'])
  })
})

describe('the time of a decision', () => {
  test('is that of its commit, or that the handler was given', async () => {
    const early = ({ operation, result }: Invocation) =>
      operation.kind === 'command' &&
      operation.command.type === 'PayInterest' &&
      operation.commandId === undefined &&
      result?.kind === 'rejected'
    const shifted = withRequest(await historyWith(early), early, (one) => ({
      decisions: (one as CommandInvocation).decisions.map((decision) => ({
        ...decision,
        now: decision.now + 1,
      })),
    }))
    expect(await brokenRules(shifted)).toEqual(['an answer fits a state within its interval'])
  })
})
