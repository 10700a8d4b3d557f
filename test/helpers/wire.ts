import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Commit, createEngine, type Engine, type RetryOptions, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { inject, onTestFinished } from 'vitest'
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

/** As users make one: the SDK tries three times by itself, and waits for ever. */
export const plainClient: Connect = (endpoint) =>
  new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId, secretAccessKey: 'secret' },
  })

export const clients: readonly (readonly [name: string, connect: Connect])[] = [
  ['our client', ourClient],
  ['a plain client', plainClient],
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

/** An account that stands at 5, reached through a proxy and past it. */
export interface WiredAccount {
  readonly id: string
  readonly proxy: FaultProxy
  /** Knows the account already; behind the proxy. */
  readonly mine: Engine
  /** Another writer, past the proxy. */
  readonly rival: Engine
  /** One more process behind the proxy, with time enough; knows nothing. */
  engine(): Engine
  /** Puts that have reached the proxy. */
  puts(): number
  /** Puts the engines asked their client for. */
  sent(): number
  /** What a process sees that starts now and goes past the proxy. */
  balance(): Promise<number>
  /** All commits, read past the proxy, the chain checked. */
  commits(): Promise<readonly Commit[]>
}

/** Opens an account of its own for this test; everything is closed when the test ends. */
export async function wire(
  connect: Connect,
  tableName: string,
  retry: RetryOptions = {},
): Promise<WiredAccount> {
  const proxy = await startFaultProxy(inject('endpoint'))
  const direct = localClient()
  const client = connect(proxy.endpoint, retry.requestTimeoutMs ?? 3_000)
  onTestFinished(async () => {
    client.destroy()
    direct.destroy()
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
  const id = globalThis.crypto.randomUUID()
  const platform = systemPlatform
  const journal = dynamoDbJournal({ client: direct, tableName })
  const proxied = dynamoDbJournal({ client, tableName })
  const rival = createEngine(account, { journal, platform })
  await rival.execute(id, command.deposit(5))
  const mine = createEngine(account, { journal: proxied, platform, retry })
  await mine.read(id)

  return {
    id,
    proxy,
    mine,
    rival,
    engine: () => createEngine(account, { journal: proxied, platform }),
    puts: () => proxy.count('PutItem'),
    sent: () => sent,
    async balance() {
      const { state } = await createEngine(account, { journal, platform }).read(id)
      return (state as AccountState).balance
    },
    async commits() {
      const commits: Commit[] = []
      const entity = { entityType: account.entityType, entityId: id }
      const range = { fromRevision: 1, previousHash: '' }
      for await (const page of journal.commitLog.commits(entity, range)) commits.push(...page)
      return commits
    },
  }
}

/** Waits for what a request on its way will do. */
export async function untilCommits({ commits }: WiredAccount, count: number): Promise<void> {
  while ((await commits()).length < count);
}
