import { describe, expect, test, vi } from 'vitest'
import type { TypedMessage } from '../../../src/core/entity/message.ts'
import { memoryStore } from '../../../src/stores/memory/store.ts'
import { checkHistory } from '../../../src/testing/simulate/check/check-history.ts'
import { drawPlan } from '../../../src/testing/simulate/draw-plan.ts'
import type { History, Invocation } from '../../../src/testing/simulate/history.ts'
import type { FaultClass } from '../../../src/testing/simulate/classes.ts'
import { runHistory } from '../../../src/testing/simulate/run-history.ts'
import { bankSimulation } from './bank.ts'
import { bankDefinition } from './calm-plan.ts'

vi.setConfig({ testTimeout: 60_000 })

const { command } = bankSimulation

/** The first history of that kind, of the bank with one entity. */
async function historyWhere(
  isWanted: (history: History) => boolean,
  without: readonly FaultClass[] = [],
): Promise<History> {
  const options = {
    operations: 40,
    processes: 3,
    entities: 1,
    command,
    oversized: undefined,
    findsCommandIds: true,
  }
  for (let seed = 1; seed < 2_000; seed++) {
    const plan = drawPlan({ ...options, seed, principals: undefined, without: new Set(without) })
    const history = await runHistory(bankDefinition, plan, memoryStore)
    if (isWanted(history)) return history
  }
  throw new Error('There is no such history.')
}

async function brokenRules(history: History): Promise<string[]> {
  return (await checkHistory(bankDefinition, history)).map(({ rule }) => rule)
}

describe('a history', () => {
  test('is decided by its plan alone: run twice, it is the same', async () => {
    const options = {
      operations: 40,
      processes: 5,
      entities: 2,
      command,
      oversized: undefined,
      findsCommandIds: true,
    }
    for (let seed = 1; seed <= 20; seed++) {
      const plan = drawPlan({ ...options, seed, principals: undefined, without: new Set() })
      const one = await runHistory(bankDefinition, plan, memoryStore)
      const two = await runHistory(bankDefinition, plan, memoryStore)
      expect(JSON.stringify(two.invocations)).toBe(JSON.stringify(one.invocations))
      expect(two.entities).toEqual(one.entities)
      expect(two.counts).toEqual(one.counts)
    }
  })
})

describe('after a restore', () => {
  const losesCommits = ({ entities }: History) => {
    const [before, after] = entities[0]?.epochs ?? []
    return before !== undefined && after !== undefined && before.commits.length > after.commits.length + 2
  }

  const restoredAt = ({ entities }: History) => entities[0]?.epochs[0]?.endedAt ?? 0

  /** One more request, sent and answered after the restore. */
  function withLate(history: History, pick: (one: Invocation) => boolean, result: object): History {
    const template = history.invocations.find(pick)
    expect(template).toBeDefined()
    const at = { invokedAt: restoredAt(history) + 1, returnedAt: restoredAt(history) + 1e6 }
    const operation = { ...template?.operation, number: 9_999, name: 'late' }
    const late = { ...template, ...at, operation, result: { ...template?.result, ...result } } as Invocation
    return { ...history, invocations: [...history.invocations, late] }
  }

  const isRead = ({ operation, result }: Invocation) => operation.kind === 'read' && result?.kind === 'read'

  test('histories hold the promises, and a state that was lost may not be read', async () => {
    const history = await historyWhere(
      (one) => losesCommits(one) && one.invocations.some(isRead),
      ['tenants'],
    )
    expect(await brokenRules(history)).toEqual([])
    const lost = history.entities[0]?.epochs[0]?.commits ?? []
    const events = lost.flatMap((commit) => commit.events) as TypedMessage[]
    const { onEvent, initialState } = bankDefinition
    const state = events.reduce((folded, event) => onEvent(folded, event), initialState)
    const found = { revision: lost.length, sequenceNr: events.length, state }
    expect(await brokenRules(withLate(history, isRead, { found }))).toEqual([
      'a read gives the state of its place',
    ])
  })

  test('a recorded answer that was lost may still be told to a repeat, but not as a new one', async () => {
    const isLost =
      ({ entities }: History) =>
      (one: Invocation) => {
        const [before, after] = entities[0]?.epochs ?? []
        const { operation, result, returnedAt = Infinity } = one
        if (operation.kind !== 'command' || operation.commandId === undefined) return false
        if (result?.kind !== 'replied' || result.replayed || returnedAt > (before?.endedAt ?? 0)) return false
        const has = (epoch: typeof before) =>
          epoch?.commits.some(({ receipts }) =>
            receipts.some(({ commandId }) => commandId === operation.commandId),
          ) ?? false
        return has(before) && !has(after)
      }
    const history = await historyWhere((one) => one.invocations.some(isLost(one)), ['tenants'])
    expect(await brokenRules(withLate(history, isLost(history), { replayed: true }))).toEqual([])
    expect(await brokenRules(withLate(history, isLost(history), { replayed: false }))).not.toEqual([])
  })
})

describe('a command id', () => {
  const isDoubled = ({ entities }: History) =>
    entities.some(({ epochs }) => {
      const ids = epochs
        .at(-1)
        ?.commits.flatMap(({ receipts }) =>
          receipts.map(({ commandId, fingerprint }) => commandId + fingerprint),
        )
      return ids !== undefined && new Set(ids).size < ids.length
    })

  test('may be used again after its period, once newer ids have filled the window, and not before', async () => {
    const history = await historyWhere(isDoubled, ['restore'])
    expect(await brokenRules(history)).toEqual([])
    const { plan } = history
    const configured = (change: object): History => ({
      ...history,
      plan: { ...plan, configurations: plan.configurations.map((one) => ({ ...one, ...change })) },
    })
    expect(await brokenRules(configured({ dedupeForSeconds: 100_000 }))).toContain('once')
    expect(await brokenRules(configured({ dedupeWindow: 1_000 }))).toContain('once')
    expect(await brokenRules({ ...history, plan: { ...plan, dedupe: 'always' } })).toContain('once')
  })
})
