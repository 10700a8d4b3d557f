import { createEngine, type Engine, isTailfoldError, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { expect, inject, onTestFinished, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { seededRandom } from '../../../src/testing/virtual-platform.ts'
import { command } from '../../helpers/bank.ts'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import { after, appliedLate, passed, startFaultProxy, type WireFault } from '../../helpers/fault-proxy.ts'
import { faults, ourClient, silences, userClient } from '../../helpers/wire.ts'

const commandCount = 200
/** So many that the ids of one account stay within the window of remembered ones. */
const accountCount = 8
const faultShare = 0.4
const retry = { timeoutMs: 1_000, requestTimeoutMs: 200 }

/** One deposit. Its amount is its name: no other command of the run has the same. */
interface Deposit {
  readonly amount: number
  readonly accountId: string
  readonly commandId: string | undefined
}

/** `unknown` when nobody told; `failed` when it was told that nothing was written. */
type Fate = 'acknowledged' | 'unknown' | 'failed'

const mayHaveLanded: Readonly<Record<Fate, readonly number[]>> = {
  acknowledged: [1],
  unknown: [0, 1],
  failed: [0],
}

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

test(`${commandCount} deposits under random faults: each acknowledged one is made once, no other twice (SEED=${seed})`, async () => {
  const random = seededRandom(seed)
  const direct = localClient()
  const tableName = await newTable(direct)
  const proxy = await startFaultProxy(inject('endpoint'))
  const clients = [ourClient, ourClient, userClient(), userClient(3)].map((connect) =>
    connect(proxy.endpoint, retry.requestTimeoutMs),
  )
  onTestFinished(async () => {
    for (const client of [direct, ...clients]) client.destroy()
    await proxy.close()
  })
  const platform = systemPlatform
  const engines = clients.map((client) =>
    createEngine(account, { journal: dynamoDbJournal({ client, tableName }), platform, retry }),
  )
  const patient = createEngine(account, { journal: dynamoDbJournal({ client: direct, tableName }), platform })
  const run = globalThis.crypto.randomUUID()
  const deposits = Array.from(
    { length: commandCount },
    (_, index): Deposit => ({
      amount: 1_000 + index,
      accountId: `${run}-${index % accountCount}`,
      commandId: random() < 0.8 ? `c-${index}` : undefined,
    }),
  )

  let struck = 0
  const all = [...faults, ...silences].map(([, fault]) => fault)
  const late: readonly WireFault[] = [appliedLate(50), appliedLate(600), after(20), after(400)]
  proxy.otherwise(() => {
    if (random() >= faultShare) return passed
    struck += 1
    return pick(random() < 0.3 ? late : all, random)
  })

  const fates = new Map<Deposit, Fate>()
  const waiting = [...deposits]
  async function work(engine: Engine): Promise<void> {
    for (let deposit = waiting.shift(); deposit !== undefined; deposit = waiting.shift()) {
      fates.set(deposit, await fateOf(engine, deposit))
    }
  }
  // Two callers on each engine, so that commands of one account also meet within a process.
  await Promise.all([...engines, ...engines].map(work))
  await proxy.settled()

  const countOf = (fate: Fate) => deposits.filter((deposit) => fates.get(deposit) === fate).length
  console.log(
    `${commandCount} deposits, seed ${seed}: ${struck} faults, ${countOf('acknowledged')} acknowledged, ${countOf('unknown')} unknown, ${countOf('failed')} failed`,
  )
  const landed = await landedAmounts(dynamoDbJournal({ client: direct, tableName }), deposits)
  const timesLanded = ({ amount }: Deposit) => landed.filter((other) => other === amount).length
  const wrong = deposits.filter(
    (deposit) => !mayHaveLanded[fates.get(deposit) ?? 'unknown'].includes(timesLanded(deposit)),
  )
  expect(
    wrong.map((deposit) => ({ ...deposit, fate: fates.get(deposit), times: timesLanded(deposit) })),
  ).toEqual([])

  // Asked again with the same id, each tells whether it had landed; then it has.
  const made = deposits.filter((deposit) => timesLanded(deposit) === 1)
  for (const deposit of deposits) {
    const { accountId, commandId, amount } = deposit
    if (commandId === undefined) continue
    const { replayed } = await patient.execute(accountId, command.deposit(amount), { commandId })
    expect({ deposit, replayed }).toEqual({ deposit, replayed: made.includes(deposit) })
    if (!replayed) made.push(deposit)
  }
  expect(await totalBalance(patient, deposits)).toBe(made.reduce((sum, { amount }) => sum + amount, 0))
  expect(struck).toBeGreaterThan(commandCount / 5)
  // Most, on a calm machine; a busy one lets many deadlines pass.
  expect(countOf('acknowledged')).toBeGreaterThan(commandCount * 0.25)
})

async function fateOf(engine: Engine, { accountId, amount, commandId }: Deposit): Promise<Fate> {
  try {
    await engine.execute(accountId, command.deposit(amount), { commandId })
    return 'acknowledged'
  } catch (error) {
    if (isTailfoldError(error, 'outcome-unknown')) return 'unknown'
    // A recovery that failed says "unknown" as well: a store cannot know what its caller was about to do.
    if (isTailfoldError(error, 'store-unavailable')) return 'failed'
    if (isTailfoldError(error, 'conflict-budget-exhausted')) return 'failed'
    throw error
  }
}

async function landedAmounts(
  commitLog: ReturnType<typeof dynamoDbJournal>,
  deposits: readonly Deposit[],
): Promise<readonly number[]> {
  const landed: number[] = []
  for (const entityId of accountsOf(deposits)) {
    const range = { fromRevision: 1, previousHash: '' }
    for await (const page of commitLog.commits({ entityType: account.entityType, entityId }, range)) {
      landed.push(
        ...page.flatMap(({ events }) => events.map((event) => (event as { amount: number }).amount)),
      )
    }
  }
  return landed
}

async function totalBalance(engine: Engine, deposits: readonly Deposit[]): Promise<number> {
  const states = await Promise.all(accountsOf(deposits).map((entityId) => engine.read(entityId)))
  return states.reduce((sum, { state }) => sum + (state as { balance: number }).balance, 0)
}

function accountsOf(deposits: readonly Deposit[]): readonly string[] {
  return [...new Set(deposits.map(({ accountId }) => accountId))]
}

function pick<Value>(values: readonly Value[], random: () => number): Value {
  return values[Math.floor(random() * values.length)] as Value
}
