import { setTimeout as delay } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTable, dynamoDbClient } from '../../../src/stores/dynamodb/index.ts'
import { newTableName, type Writer } from '../contenders/contender.ts'
import { openFloor } from '../contenders/floor.ts'
import { openTailfold } from '../contenders/tailfold.ts'
import { count } from '../counts.ts'
import { localConfig } from '../sdk.ts'
import { measurePaired, median, type PairedFigure, timed } from './statistics.ts'

/** Latency of Tailfold's commands against the floor's, with the same client and the same requests. */
export interface LatencyRow extends PairedFigure {
  readonly cache: 'cold' | 'warm'
  readonly delayMs: number
}

/** Commands a second with so many concurrent callers in one process. */
export interface ThroughputRow {
  readonly library: string
  readonly entities: number
  readonly callers: number
  readonly delayMs: number
  /** Median of the rounds. */
  readonly commandsPerSecond: number
}

const pairs = count(400, 4)
const warmUp = count(150, 2)
const rounds = count(3, 1)
const roundMs = count(1_000, 20)

/** Both sides on one client. */
async function bothSides(endpoint: string, warm: boolean, delayMs: number) {
  const client = dynamoDbClient(localConfig(endpoint))
  if (delayMs > 0) delayAnswers(client, delayMs)
  const [floorTable, tailfoldTable] = [newTableName('floor'), newTableName('tailfold')]
  await createTable(client, floorTable)
  await createTable(client, tailfoldTable)
  return {
    client,
    floor: openFloor(client, floorTable, { warm }),
    tailfold: openTailfold(client, tailfoldTable, { warm }),
  }
}

/** A network that is further away: each answer comes later. */
function delayAnswers(client: DynamoDBClient, delayMs: number): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      await delay(delayMs)
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'delay' },
  )
}

/** Commands in turns: one of the floor, one of Tailfold. */
export async function measureLatency(
  endpoint: string,
  cache: 'cold' | 'warm',
  delayMs: number,
): Promise<LatencyRow> {
  const { client, floor, tailfold } = await bothSides(endpoint, cache === 'warm', delayMs)
  const once = (writer: Writer) => () => timed(() => writer.deposit('acc-001'))
  await measurePaired(warmUp, once(floor), once(tailfold))
  const figure = await measurePaired(pairs, once(floor), once(tailfold))
  client.destroy()
  return { cache, delayMs, ...figure }
}

/** As many commands as go in a second, both sides in turns. */
export async function measureThroughput(
  endpoint: string,
  entities: number,
  callers: number,
  delayMs: number,
): Promise<readonly ThroughputRow[]> {
  const { client, floor, tailfold } = await bothSides(endpoint, true, delayMs)
  const sides = [
    { library: 'hand-written floor', deposit: queued(floor), done: [] as number[] },
    { library: 'Tailfold', deposit: (id: string) => tailfold.deposit(id), done: [] as number[] },
  ]
  for (const { deposit } of sides) await everyEntityOnce(entities, deposit)
  for (let round = 0; round < rounds; round++) {
    for (const { deposit, done } of round % 2 === 0 ? sides : sides.toReversed()) {
      done.push(await commandsPerSecond(entities, callers, deposit))
    }
  }
  client.destroy()
  return sides.map(({ library, done }) => ({
    library,
    entities,
    callers,
    delayMs,
    commandsPerSecond: median(done),
  }))
}

/** The floor has no queue: callers of one entity in one process wait for each other, or they would conflict. */
function queued(writer: Writer): (accountId: string) => Promise<void> {
  const last = new Map<string, Promise<void>>()
  return (accountId) => {
    const mine = (last.get(accountId) ?? Promise.resolve()).then(() => writer.deposit(accountId))
    last.set(accountId, mine)
    return mine
  }
}

async function everyEntityOnce(
  entities: number,
  deposit: (accountId: string) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < entities; from += 50) {
    const some = Array.from({ length: Math.min(50, entities - from) }, (_, n) => deposit(`acc-${from + n}`))
    await Promise.all(some)
  }
}

async function commandsPerSecond(
  entities: number,
  callers: number,
  deposit: (accountId: string) => Promise<void>,
): Promise<number> {
  const startedAt = performance.now()
  let commands = 0
  let next = 0
  const caller = async () => {
    while (performance.now() - startedAt < roundMs) {
      await deposit(`acc-${next++ % entities}`)
      commands += 1
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (commands / (performance.now() - startedAt)) * 1_000
}
