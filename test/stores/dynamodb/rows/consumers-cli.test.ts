import { createConsumers, consumer } from 'tailfold/consumers'
import { dynamoDbJournal, dynamoDbScan } from 'tailfold/dynamodb'
import { createRowsTable, dynamoDbRows } from 'tailfold/dynamodb/rows'
import { createEngine, systemPlatform } from 'tailfold'
import { streamHandler } from 'tailfold/lambda'
import { invocationContext } from 'tailfold/testing'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { startMeter } from '../../../../src/core/base/cost.ts'
import { readConsumersArguments } from '../../../../src/cli/consumers.ts'
import { listConsumers, listParked, release } from '../../../../src/cli/consumers-actions.ts'
import { tail } from '../../../../src/cli/consumers-tail.ts'
import { openFollowed, openRows } from '../../../../src/cli/store-url.ts'
import { counter } from '../../../helpers/counter.ts'
import { accessKeyId, localClient, newTable } from '../../../helpers/dynamodb.ts'
import { streamEvent } from '../../../helpers/stream-event.ts'

const client = localClient()
let tableName: string
let url: string
const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'local' }

beforeAll(async () => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  tableName = await newTable(client)
  await createRowsTable(client, `${tableName}-rows`)
  url = `dynamodb:${tableName}?endpoint=${inject('endpoint')}`
  const engine = createEngine(counter, {
    journal: dynamoDbJournal({ client, tableName }),
    platform: systemPlatform,
  })
  for (const by of [1, 13, 2]) await engine.execute('a', { type: 'Count', by })
  await engine.execute('b', { type: 'Count', by: 5 })
})

afterAll(() => vi.unstubAllEnvs())

/** A process with a consumer that writes down what it is given, and fails on 13 unless that is mended. */
function open(seen: number[], isMended: boolean) {
  const adding = consumer({
    name: 'adding',
    from: counter,
    handle({ by }) {
      if (by === 13 && !isMended) throw new Error('unlucky')
      seen.push(by)
    },
  })
  const rows = dynamoDbRows({ tableName: `${tableName}-rows`, client })
  const journal = dynamoDbJournal({ client, tableName })
  return createConsumers({ journal, rows, consumers: [adding], onParked: () => {} })
}

const commits = async () => (await dynamoDbScan({ tableName, client }).changes(undefined, 1_000)).changes

async function printed(work: (print: (text: string) => void) => Promise<unknown>): Promise<string> {
  let text = ''
  await work((more) => (text += more))
  return text
}

describe('consumers on DynamoDB', () => {
  test('park an entity in the handler of the stream, and go on after tailfold consumers retry', async () => {
    const seen: number[] = []
    const event = streamEvent(await commits())
    expect(await streamHandler(open(seen, false))(event, invocationContext())).toEqual({
      batchItemFailures: [],
    })
    expect(new Set(seen)).toEqual(new Set([1, 5]))
    const { store } = readConsumersArguments(['list', '--store', url])
    const { rows, close } = await openRows(store, env)
    const listing = readConsumersArguments(['list', '--store', url])
    expect(await printed((print) => listConsumers(rows, listing, { print }))).toMatch(
      /^adding@1 .* parked 1 /,
    )
    const parked = readConsumersArguments(['parked', 'adding', '--store', url])
    expect(await printed((print) => listParked(rows, parked, { print }))).toContain('counter/a')
    const retry = readConsumersArguments(['retry', 'adding', 'counter/a', '--store', url])
    await printed((print) => release(rows, retry, { print }))
    await close()
    await streamHandler(open(seen, true))({ source: 'aws.events' }, invocationContext())
    expect(seen.toSorted((one, other) => one - other)).toEqual([1, 2, 5, 13])
  })

  test('write nothing for a batch that comes again, and read half a unit for each entity', async () => {
    const seen: number[] = []
    const changes = await commits()
    await open(seen, true).deliver(changes)
    seen.length = 0
    const again = open(seen, true)
    // The first batch of a process also reads when its consumers were started first.
    await again.deliver([])
    const { meter, total } = startMeter()
    await again.deliver(changes, { meter })
    expect(seen).toEqual([])
    expect(total()).toEqual({ requests: 1, readUnits: 1, writeUnits: 0 })
  })

  test('are shown each event by tailfold consumers tail', async () => {
    const { store, fromBeginning } = readConsumersArguments(['tail', '--store', url, '--from-beginning'])
    const followed = await openFollowed(store, env, fromBeginning)
    const stop = new AbortController()
    const lines: string[] = []
    const print = (text: string) => {
      lines.push(text)
      if (new Set(lines.map((line) => line.replace(/^\S+/, ''))).size >= 4) stop.abort()
    }
    await tail(followed.store, { fromBeginning, json: false }, { print }, stop.signal)
    await followed.close()
    expect(lines.join('')).toContain('counter/a  2/2  {"type":"Counted","by":13}')
  })
})
