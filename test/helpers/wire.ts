import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Commit, createEngine, type Engine, type RetryOptions, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { inject, type TestContext } from 'vitest'
import { type AccountState, account } from '../../functions/bank/account.ts'
import { command } from './bank.ts'
import { accessKeyId, localClient } from './dynamodb.ts'
import {
  after,
  appliedThen500,
  appliedThenBadGateway,
  appliedThenHangs,
  capacityExceeded,
  failed500,
  type FaultProxy,
  hangs,
  replyCut,
  replyDropped,
  requestDropped,
  startFaultProxy,
  throttled,
  type WireFault,
} from './fault-proxy.ts'

/** Makes a client of an endpoint. */
export type Connect = (endpoint: string, requestTimeoutMs: number) => DynamoDBClient

/** One attempt a request, with a time-out. */
export const ourClient: Connect = (endpoint, requestTimeoutMs) => localClient({ endpoint, requestTimeoutMs })

/** As users make one: without time-outs, and the SDK tries again by itself; four times in all by default. */
export function userClient(maxAttempts?: number): Connect {
  const credentials = { accessKeyId, secretAccessKey: 'secret' }
  return (endpoint) =>
    new DynamoDBClient({
      endpoint,
      region: 'local',
      credentials,
      ...(maxAttempts !== undefined && { maxAttempts }),
    })
}

export const clients: readonly (readonly [name: string, connect: Connect])[] = [
  ['our client', ourClient],
  ["a user's own client", userClient()],
]

/** Faults that are noticed at once. */
export const faults: readonly (readonly [name: string, fault: WireFault])[] = [
  ['the reply is dropped', replyDropped],
  ['the reply is cut in half', replyCut],
  ['the request is dropped', requestDropped],
  ['it is applied and answered with HTTP 500', appliedThen500],
  ['it is applied and answered by a gateway', appliedThenBadGateway],
  ['it is not applied and answered with HTTP 500', failed500],
  ['it is throttled', throttled],
  ['the capacity is exceeded', capacityExceeded],
]

/** Faults that only a time-out ends. */
export const silences: readonly (readonly [name: string, fault: WireFault])[] = [
  ['it is not applied and hangs', hangs],
  ['it is applied and hangs', appliedThenHangs],
  ['it is applied and answered after the time-out', after(300)],
]

/** Time-outs that a test can wait for. */
export const impatient: RetryOptions = { requestTimeoutMs: 150 }

/** A process that reaches DynamoDB through a proxy of its own. */
export interface WiredProcess {
  readonly proxy: FaultProxy
  readonly engine: Engine
  /** Puts that have reached the proxy. */
  puts(): number
  /** Puts the engine asked its client for. */
  sent(): number
}

/** An account that stands at 5 after one commit, with its writers. */
export interface WiredAccount {
  readonly id: string
  /** Knows the account already. */
  readonly mine: WiredProcess
  /** One more process; knows nothing, and has time. */
  newProcess(): Promise<WiredProcess>
  /** Another writer, without a proxy. */
  readonly rival: Engine
  /** What a process sees that starts now, without a proxy. */
  balance(): Promise<number>
  /** All commits, the chain checked, without a proxy. */
  commits(): Promise<readonly Commit[]>
}

/** Opens an account for one test; everything is closed when the test ends. */
export async function wire(
  { onTestFinished }: TestContext,
  tableName: string,
  connect: Connect,
  retry: RetryOptions = {},
): Promise<WiredAccount> {
  const platform = systemPlatform
  const direct = localClient()
  onTestFinished(() => direct.destroy())
  const journal = dynamoDbJournal({ client: direct, tableName })
  const rival = createEngine(account, { journal, platform })
  const id = globalThis.crypto.randomUUID()

  async function startProcess(options: RetryOptions): Promise<WiredProcess> {
    const proxy = await startFaultProxy(inject('endpoint'))
    const client = connect(proxy.endpoint, options.requestTimeoutMs ?? 3_000)
    onTestFinished(async () => {
      client.destroy()
      await proxy.close()
    })
    let sent = 0
    client.middlewareStack.add(
      (next, context) => (args) => {
        if (context.commandName === 'PutItemCommand') sent += 1
        return next(args)
      },
      { step: 'initialize', name: 'countSends' },
    )
    return {
      proxy,
      engine: createEngine(account, {
        journal: dynamoDbJournal({ client, tableName }),
        platform,
        retry: options,
      }),
      puts: () => proxy.count('PutItem'),
      sent: () => sent,
    }
  }

  await rival.execute(id, command.deposit(5))
  const mine = await startProcess(retry)
  await readPatiently(mine.engine, id)
  return {
    id,
    mine,
    newProcess: () => startProcess({}),
    rival,
    async balance() {
      const { state } = await createEngine(account, { journal, platform }).read(id)
      return (state as AccountState).balance
    },
    async commits() {
      const commits: Commit[] = []
      const entity = { entityType: account.entityType, entityId: id }
      const range = { fromRevision: 1, previousHash: '' }
      for await (const page of journal.commits(entity, range)) commits.push(...page)
      return commits
    },
  }
}

/** Waits for what a request on its way will do. */
export async function untilCommits({ commits }: WiredAccount, count: number): Promise<void> {
  while ((await commits()).length < count);
}

/** Reads an entity however short the deadlines of the engine are on a busy machine. */
async function readPatiently(engine: Engine, id: string): Promise<void> {
  for (let attempts = 20; ; attempts--) {
    try {
      await engine.read(id)
      return
    } catch (error) {
      if (attempts === 0) throw error
    }
  }
}
