// Runs in a process of its own, see worker-pool.ts: says `ready`, then carries out what it is sent, until it is killed.
import { createEngine, isTailfoldError, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { account } from '../../../functions/bank/account.ts'
import { clientOf, type JournalAddress } from './database.ts'
import type { ChaosAnswer, ChaosRequest } from './history.ts'
import type { WorkerMessage, WorkerTask } from './worker-pool.ts'

const address = JSON.parse(process.argv[2] ?? '') as JournalAddress
const client = clientOf(address)
let conflicts = 0
client.middlewareStack.add(
  (next) => (args) =>
    next(args).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') conflicts += 1
      throw error
    }),
  { step: 'initialize', name: 'countConflicts' },
)
const journal = dynamoDbJournal({ client, tableName: address.tableName })
const engine = createEngine(account, { journal, platform: systemPlatform })

async function answer({ entityId, command, commandId }: ChaosRequest): Promise<ChaosAnswer> {
  try {
    const outcome = await engine.execute(entityId, command, { commandId })
    const { revision, replayed } = outcome
    if (outcome.kind === 'replied') {
      return { kind: outcome.kind, reply: outcome.reply ?? null, revision, replayed }
    }
    return {
      kind: outcome.kind,
      reason: outcome.reason,
      details: outcome.details ?? null,
      revision,
      replayed,
    }
  } catch (error) {
    if (!isTailfoldError(error)) return { kind: 'error', code: String(error), nothingWritten: false }
    const unknown =
      error.code === 'outcome-unknown' ||
      (isTailfoldError(error, 'store-unavailable') && error.data.applied === 'unknown')
    return { kind: 'error', code: error.code, nothingWritten: !unknown }
  }
}

function tell(message: WorkerMessage): void {
  process.send?.(message)
}

process.on('disconnect', () => process.exit(0))
process.on('message', ({ number, request }: WorkerTask) => {
  void answer(request).then((given) => tell({ kind: 'answer', number, answer: given, conflicts }))
})
tell({ kind: 'ready' })
