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
/** Until V8 has compiled both sides: the ratio falls until then. */
export const warmUpBlocks = count(25, 1)

const keptItems = 64

type FakeItem = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>

interface QueryInput {
  readonly Limit?: number
  readonly ExpressionAttributeValues?: FakeItem
}

/** Answers as DynamoDB does for a table of one entity, within the process and at once; reads writes only for a query. */
function fakeTransport(): Transport {
  const newest: Uint8Array[] = []
  function query({ Limit, ExpressionAttributeValues }: QueryInput): object {
    const from = Number(ExpressionAttributeValues?.[':from']?.N)
    const items = newest.map(
      (body) => (JSON.parse(new TextDecoder().decode(body)) as { Item: FakeItem }).Item,
    )
    const found = Number.isNaN(from) ? items.toReversed() : items.filter(({ sk }) => Number(sk?.N) >= from)
    const Items = found.slice(0, Limit)
    return { Items, Count: Items.length, ScannedCount: Items.length }
  }
  function answer({ headers, body }: Parameters<Transport['handle']>[0]): string {
    if (headers['x-amz-target']?.endsWith('.Query'))
      return JSON.stringify(query(JSON.parse(new TextDecoder().decode(body)) as QueryInput))
    newest.push(body)
    if (newest.length > keptItems) newest.shift()
    return '{}'
  }
  return {
    handle: async (request) => ({
      response: {
        statusCode: 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: Buffer.from(answer(request)),
      },
    }),
  }
}

/** Blocks of commands in turns, on clients that reach no network. Figures are CPU milliseconds a command. */
export async function measureCpu(cache: 'cold' | 'warm', kind: ClientKind): Promise<CpuRow> {
  const client = () => clientOn(kind, fakeTransport())
  const warm = cache === 'warm'
  const block = (writer: Writer) => async () => {
    const before = process.cpuUsage()
    for (let n = 0; n < commandsInBlock; n++) await writer.deposit('acc-001')
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000 / commandsInBlock
  }
  const floor = block(openFloor(client(), 'floor', { warm }))
  const tailfold = block(openTailfold(client(), 'tailfold', { warm }))
  await measurePaired(warmUpBlocks, floor, tailfold)
  return { cache, client: kind, ...(await measurePaired(blocks, floor, tailfold)) }
}
