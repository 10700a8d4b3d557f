import { openFloor } from '../contenders/floor.ts'
import { openTailfold } from '../contenders/tailfold.ts'
import type { Writer } from '../contenders/contender.ts'
import { count } from '../counts.ts'
import { type ClientKind, clientOn, type Transport } from '../sdk.ts'
import { measurePaired, type PairedFigure } from './statistics.ts'

/** CPU time of one command, the floor first; the network and the database cost nothing here. */
export interface CpuRow extends PairedFigure {
  readonly cache: 'cold' | 'warm'
  /** The client of both sides. */
  readonly client: ClientKind
}

/** Commands of one side in a pair. */
export const commandsInBlock = count(1_000, 20)
const blocks = count(20, 2)
const warmUpBlocks = count(3, 1)
const keptItems = 64

type FakeItem = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>

/** Answers as DynamoDB does, within the process and at once; keeps the newest items of each key. */
function fakeTransport(): Transport {
  const newest = new Map<string, FakeItem[]>()
  function answer({ headers, body }: Parameters<Transport['handle']>[0]): object {
    const input = JSON.parse(new TextDecoder().decode(body)) as {
      TableName: string
      Item?: FakeItem
      Limit?: number
      ExpressionAttributeValues?: FakeItem
    }
    const keyText = (input.Item?.['pk'] ?? input.ExpressionAttributeValues?.[':pk'])?.S
    const key = `${input.TableName}/${keyText}`
    const items = newest.get(key) ?? []
    if (headers['x-amz-target']?.endsWith('.Query')) {
      const from = Number(input.ExpressionAttributeValues?.[':from']?.N)
      const found = Number.isNaN(from) ? items : items.filter(({ sk }) => Number(sk?.N) >= from).toReversed()
      const Items = found.slice(0, input.Limit)
      return { Items, Count: Items.length, ScannedCount: Items.length }
    }
    if (input.Item !== undefined) newest.set(key, [input.Item, ...items].slice(0, keptItems))
    return {}
  }
  return {
    handle: async (request) => ({
      response: {
        statusCode: 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: Buffer.from(JSON.stringify(answer(request))),
      },
    }),
  }
}

/** Blocks of commands in turns, on one client that reaches no network. Figures are CPU milliseconds a command. */
export async function measureCpu(cache: 'cold' | 'warm', kind: ClientKind): Promise<CpuRow> {
  const client = clientOn(kind, fakeTransport())
  const warm = cache === 'warm'
  const block = (writer: Writer) => async () => {
    const before = process.cpuUsage()
    for (let n = 0; n < commandsInBlock; n++) await writer.deposit('acc-001')
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000 / commandsInBlock
  }
  const floor = block(openFloor(client, 'floor', { warm }))
  const tailfold = block(openTailfold(client, 'tailfold', { warm }))
  await measurePaired(warmUpBlocks, floor, tailfold)
  return { cache, client: kind, ...(await measurePaired(blocks, floor, tailfold)) }
}
