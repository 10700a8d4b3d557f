import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { newJournal } from '../chaos/database.ts'
import type { ChaosRequest } from '../chaos/history.ts'
import { command } from '../../helpers/bank.ts'
import { accessKeyId } from '../../helpers/dynamodb.ts'
import { appliedThenHangs, hangs, passed, throttled } from '../../helpers/fault-proxy.ts'
import { type Bank, openBank } from './bank.ts'
import type { BankEnvironment } from './bank-environment.ts'
import { type Gateway, gateways } from './messages.ts'
import { strikes } from './strikes.ts'

let bank: Bank
/** The account of one test. */
let entityId: string

beforeAll(async () => {
  bank = await openBank(await newJournal(inject('endpoint'), accessKeyId))
})
afterAll(() => bank.close())

beforeEach(() => {
  entityId = randomUUID()
})
afterEach(async () => {
  const violations = await bank.violations()
  if (violations.length > 0) throw new Error(violations.join('\n'))
})

const deposit = (amount: number): ChaosRequest => ({
  entityId,
  command: command.deposit(amount),
  commandId: randomUUID(),
})
const query = (): ChaosRequest => ({ entityId, command: command.getBalance, commandId: undefined })

/** Environments of earlier tests, where they are still alive. */
const two = async () => (await bank.environments(2)) as readonly [BankEnvironment, BankEnvironment]

/** The state of the account, as an environment answers that is not disturbed. */
async function stateIn(environment: BankEnvironment): Promise<unknown> {
  const { answer } = await bank.send(environment, query())
  return answer.kind === 'replied' ? answer.reply : answer
}

describe.each(Object.keys(gateways) as Gateway[])('the artefact behind %s', (gateway) => {
  test('carries out commands, refuses and answers', async () => {
    const [environment] = await two()
    const answerTo = async (request: ChaosRequest) =>
      (await bank.send(environment, request, { gateway })).answer
    const replied = (reply: unknown, revision: number) => ({
      kind: 'replied',
      reply,
      revision,
      replayed: false,
    })
    const withdraw = (amount: number) => ({ ...deposit(0), command: command.withdraw(amount) })
    expect(await answerTo(deposit(100))).toEqual(replied(null, 1))
    expect(await answerTo(withdraw(30))).toEqual(replied('ok', 2))
    expect(await answerTo(withdraw(71))).toMatchObject({ kind: 'rejected', details: { balance: 70 } })
    expect(await answerTo(query())).toEqual(replied({ balance: 70, txCount: 2 }, 3))
  })
})

describe('the same event delivered again', () => {
  test('to the same environment, and to one that knows nothing of it, is carried out once', async () => {
    const [first, second] = await two()
    const request = deposit(10)
    const answers = []
    for (const environment of [first, first, second])
      answers.push((await bank.send(environment, request)).answer)
    expect(answers).toMatchObject([false, true, true].map((replayed) => ({ replayed, revision: 1 })))
    expect(await stateIn(second)).toEqual({ balance: 10, txCount: 1 })
  })

  test('to two environments at once is carried out once', async () => {
    const environments = await bank.environments(2)
    const request = deposit(10)
    const sent = await Promise.all(environments.map((environment) => bank.send(environment, request)))
    const answers = sent.map(({ answer }) => answer)
    expect(new Set(answers)).toEqual(
      new Set([false, true].map((replayed) => ({ kind: 'replied', reply: null, revision: 1, replayed }))),
    )
  })

  const ending = strikes.filter(({ ends }) => ends)
  test.for(ending)(
    'after the first environment was $name, is carried out once',
    async ({ operation, fault }) => {
      const [victim, other] = await two()
      await bank.send(other, deposit(5))
      const request = deposit(10)
      victim.proxy.plan(
        operation,
        fault(victim, () => 0.5),
      )
      const { end } = await bank.send(victim, request, { timeoutMs: 2_000 })
      expect(end.kind).toMatch(/^(exited|timed-out)$/)
      expect((await bank.send(other, request)).answer).toMatchObject({ kind: 'replied', revision: 2 })
      await victim.proxy.settled()
      expect(await stateIn(other)).toEqual({ balance: 15, txCount: 2 })
    },
  )
})

describe('environments', () => {
  test('4 at once with 8 deposits each into one account: all 32 are answered, each once', async () => {
    const environments = await bank.environments(4)
    const writer = async (environment: BankEnvironment) => {
      const kinds: string[] = []
      for (let n = 0; n < 8; n++) kinds.push((await bank.send(environment, deposit(1))).answer.kind)
      return kinds
    }
    const kinds = (await Promise.all(environments.map(writer))).flat()
    expect(kinds).toEqual(Array.from({ length: 32 }, () => 'replied'))
    expect(await stateIn(environments[0] as BankEnvironment)).toEqual({ balance: 32, txCount: 32 })
  })

  test('frozen after an answer, go on where others have written and connections have broken meanwhile', async () => {
    const [frozen, other] = await two()
    await bank.send(frozen, deposit(1))
    for (const amount of [2, 3]) await bank.send(other, deposit(amount))
    frozen.proxy.breakConnections()
    expect((await bank.send(frozen, deposit(4))).answer).toMatchObject({ kind: 'replied', revision: 4 })
    expect(await stateIn(frozen)).toEqual({ balance: 10, txCount: 4 })
  })

  test('are used again after an event that is none, a refusal of DynamoDB and a body that is no JSON', async () => {
    const [environment] = await two()
    await bank.send(environment, deposit(1))
    expect(await environment.invoke({ Records: [] })).toMatchObject({
      kind: 'failed',
      errorType: 'TypeError',
    })
    environment.proxy.otherwise(() => throttled)
    const { answer } = await bank.send(environment, deposit(2), { timeoutMs: 1_000 })
    expect(answer).toMatchObject({ kind: 'error', code: 'store-unavailable' })
    environment.proxy.heal()
    const headers = { 'content-type': 'application/json' }
    const noJson = { method: 'POST', path: `/account/${entityId}/Deposit`, headers, body: '{' }
    const end = await environment.invoke(gateways['an HTTP API'](noJson))
    expect(end).toMatchObject({
      response: { statusCode: 400, body: expect.stringContaining('malformed-json') },
    })
    expect((await bank.send(environment, deposit(3))).answer).toMatchObject({ revision: 2 })
    expect(await stateIn(environment)).toEqual({ balance: 4, txCount: 2 })
  })
})

describe('before the platform ends an invocation', () => {
  test.for([
    ['lost', hangs, false],
    ['carried out', appliedThenHangs, true],
  ] as const)(
    'a write that is %s and never answered is outcome-unknown; the same id learns its fate',
    async ([, fault, replayed]) => {
      const [environment] = await two()
      await bank.send(environment, deposit(1))
      const request = deposit(10)
      environment.proxy.otherwise((operation) => (operation === 'PutItem' ? fault : passed))
      const { answer } = await bank.send(environment, request, { timeoutMs: 1_500 })
      expect(answer).toMatchObject({ kind: 'error', code: 'outcome-unknown' })
      environment.proxy.heal()
      expect((await bank.send(environment, request)).answer).toMatchObject({ revision: 2, replayed })
    },
  )

  test('a write that others win every time is given up, and may be sent again', async () => {
    const [loser, winner] = await two()
    await bank.send(loser, deposit(1))
    const request = deposit(100)
    loser.proxy.otherwise((operation) => async (exchange) => {
      if (operation === 'PutItem') await bank.send(winner, deposit(1))
      await passed(exchange)
    })
    const { answer } = await bank.send(loser, request, { timeoutMs: 1_500 })
    // Unknown when the last try is on its way at the deadline.
    expect(answer).toMatchObject({
      kind: 'error',
      code: expect.stringMatching(/^(conflict-budget-exhausted|outcome-unknown)$/),
    })
    loser.proxy.heal()
    expect((await bank.send(loser, request)).answer.kind).toBe('replied')
  })

  test('a command that comes with less time than the answer needs is refused at once', async () => {
    const [environment] = await two()
    environment.proxy.otherwise(() => hangs)
    const { end } = await bank.send(environment, deposit(1), { timeoutMs: 490 })
    expect(end).toMatchObject({ kind: 'answered', response: { statusCode: 503 } })
  })
})
