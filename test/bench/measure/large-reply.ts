import { createEngine, systemPlatform } from '../../../src/index.ts'
import { createTable, dynamoDbClient, dynamoDbJournal } from '../../../src/stores/dynamodb/index.ts'
import { ballast, prose } from '../ballast.ts'
import { newTableName } from '../contenders/contender.ts'
import { count } from '../counts.ts'
import { localConfig, sdk } from '../sdk.ts'
import { sum } from './cost.ts'
import { documentEntity } from './document-entity.ts'
import { meter } from './meter.ts'
import { tableInspector } from './tables.ts'

/** Mean cost of a warm command with a large reply and an event of a few bytes. */
export interface LargeReplyRow {
  readonly replyBytes: number
  /** `'prose'` compresses about as well as prose; `'random letters'` hardly. */
  readonly text: 'prose' | 'random letters'
  /** Under a command id the reply is recorded with the commit. */
  readonly commandId: boolean
  readonly requests: number
  readonly readUnits: number
  readonly writeUnits: number
}

const replyBytes = 52_000
const commands = count(10, 2)

/** Measures one kind of text, without a command id and with one. */
export async function measureLargeReply(
  endpoint: string,
  text: LargeReplyRow['text'],
): Promise<readonly LargeReplyRow[]> {
  const rows: LargeReplyRow[] = []
  for (const commandId of [false, true]) {
    const client = dynamoDbClient(localConfig(endpoint))
    const tableName = newTableName('large-reply')
    await createTable(client, tableName)
    const attempts = meter(client, tableInspector(new sdk.DynamoDBClient(localConfig(endpoint))))
    const printed = (text === 'prose' ? prose : ballast)(replyBytes)
    const engine = createEngine(documentEntity({ printed }), {
      journal: dynamoDbJournal({ client, tableName }),
      platform: systemPlatform,
    })
    const print = async (n: number) => {
      const id = commandId ? { commandId: `print-${n}` } : {}
      const outcome = await engine.execute('doc-001', { type: 'Print' }, id)
      if (outcome.kind !== 'replied' || outcome.reply !== printed) throw new Error('the reply is wrong')
      await engine.idle()
    }
    // Warms the entity up.
    await print(0)
    const first = attempts.length
    for (let n = 1; n <= commands; n++) await print(n)
    const sent = attempts.slice(first)
    client.destroy()
    rows.push({
      replyBytes,
      text,
      commandId,
      requests: sent.length / commands,
      readUnits: sum(sent, 'readUnits') / commands,
      writeUnits: sum(sent, 'writeUnits') / commands,
    })
  }
  return rows
}
