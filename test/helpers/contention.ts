import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createEngine, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { account } from '../../functions/bank/account.ts'

/** How writers that share nothing but one entity fared. */
export interface ContentionResult {
  readonly succeeded: number
  readonly failed: number
  readonly requests: number
  readonly slowestMs: number
  /** What a reader sees in the end. */
  readonly balance: number
}

/** `writers` engines, each with a client of its own, deposit 1 into one account `deposits` times each, all at once. */
export async function contend(
  clients: readonly DynamoDBClient[],
  tableName: string,
  deposits: number,
  cache: { readonly maxEntries?: number },
): Promise<ContentionResult> {
  let requests = 0
  let succeeded = 0
  let failed = 0
  let slowestMs = 0
  for (const client of clients) {
    client.middlewareStack.add(
      (next) => async (args) => {
        requests += 1
        return next(args)
      },
      { step: 'deserialize', name: 'countAttempts' },
    )
  }
  await Promise.all(
    clients.map(async (client) => {
      const journal = dynamoDbJournal({ client, tableName })
      const engine = createEngine(account, {
        journal,
        platform: systemPlatform,
        cache,
        retry: { timeoutMs: 60_000 },
      })
      for (let n = 0; n < deposits; n++) {
        const startedAt = performance.now()
        try {
          await engine.execute('hot', { type: 'Deposit', amount: 1 })
          succeeded += 1
        } catch {
          failed += 1
        }
        slowestMs = Math.max(slowestMs, performance.now() - startedAt)
      }
      await engine.idle()
    }),
  )
  const [client] = clients
  if (client === undefined) throw new TypeError('contend needs clients.')
  const reader = createEngine(account, {
    journal: dynamoDbJournal({ client, tableName }),
    platform: systemPlatform,
  })
  const { balance } = (await reader.read('hot')).state as { balance: number }
  return { succeeded, failed, requests, slowestMs, balance }
}
