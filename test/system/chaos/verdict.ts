import { type Commit, createEngine, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { account } from '../../../functions/bank/account.ts'
import { type AccountRecord, checkAccount } from './check.ts'
import { clientOf, type JournalAddress } from './database.ts'
import type { ChaosEntry } from './history.ts'

/** What the journal says of a history. */
export interface Verdict {
  readonly violations: readonly string[]
  /** Ids of the commands it holds. */
  readonly written: ReadonlySet<string>
}

/** Reads the journals of accounts once all is over, and checks what clients were told against them. */
export async function judge(
  address: JournalAddress,
  accounts: readonly string[],
  history: readonly ChaosEntry[],
): Promise<Verdict> {
  const { records, violations } = await readJournal(address, accounts)
  for (const record of records) violations.push(...(await checkAccount(record, history)))
  const receipts = records.flatMap(({ commits }) => commits.flatMap((commit) => commit.receipts))
  return { violations, written: new Set(receipts.map(({ commandId }) => commandId)) }
}

async function readJournal(address: JournalAddress, accounts: readonly string[]) {
  const client = clientOf(address)
  const journal = dynamoDbJournal({ client, tableName: address.tableName })
  const engine = createEngine(account, { journal, platform: systemPlatform })
  const records: AccountRecord[] = []
  const violations: string[] = []
  for (const entityId of accounts) {
    const commits: Commit[] = []
    const entity = { entityType: account.entityType, entityId }
    try {
      // Checks that revisions are dense and the chain of hashes holds.
      const range = { fromRevision: 1, previousHash: '' }
      for await (const page of journal.commits(entity, range)) commits.push(...page)
      const { state: finalState, revision: finalRevision } = await engine.read(entityId)
      records.push({ entityId, commits, finalState, finalRevision })
    } catch (error) {
      violations.push(`${entityId}: the journal can be read: ${String(error)}`)
    }
  }
  client.destroy()
  return { records, violations }
}
