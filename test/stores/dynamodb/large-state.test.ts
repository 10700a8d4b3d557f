import { createEngine, entity, type EngineOptions, snapshotEvery, systemPlatform } from 'tailfold'
import { dynamoDbJournal } from 'tailfold/dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import { localClient, newTable } from '../../helpers/dynamodb.ts'
import { type MeteredRequest, meter } from '../../helpers/metered-client.ts'
import { noise } from '../../helpers/noise.ts'

type State = { readonly filler: string; readonly count: number }
type Event = { type: 'Filled'; filler: string } | { type: 'Counted'; note: string }
type Command = { type: 'Fill'; bytes: number } | { type: 'Count' }

/** A state of any size that does not compress, moved by events of 300 bytes. */
const bulky = entity({
  entityType: 'bulky',
  initialState: { filler: '', count: 0 } as State,
  onEvent: (state: State, event: Event): State =>
    event.type === 'Filled'
      ? { ...state, filler: state.filler + event.filler }
      : { ...state, count: state.count + 1 },
  onCommand: (_ctx, _state, command: Command) => ({
    kind: 'persisted',
    events: [
      command.type === 'Fill'
        ? { type: 'Filled', filler: noise(command.bytes) }
        : { type: 'Counted', note: noise(240) },
    ],
  }),
})

const client = localClient()
let requests: readonly MeteredRequest[]
let tableName: string
beforeAll(async () => {
  tableName = await newTable(client)
  requests = meter(client)
})

/** Writes a snapshot with each command, so that the state is stored whatever its size. */
function engine(options: Partial<EngineOptions> = {}) {
  const journal = dynamoDbJournal({ client, tableName })
  const eager = { ...bulky, snapshotPolicy: snapshotEvery({ nEvents: 1 }) }
  return createEngine(eager, { journal, platform: systemPlatform, ...options })
}

/** Fills an entity in pieces that fit into records. */
async function fill(id: string, bytes: number, options: Partial<EngineOptions> = {}): Promise<void> {
  const filler = engine(options)
  for (let rest = bytes; rest > 0; rest -= 50_000)
    await filler.execute(id, { type: 'Fill', bytes: Math.min(rest, 50_000) })
  await filler.execute(id, { type: 'Count' })
  await filler.idle()
}

describe.each([
  { stateBytes: 1_000, mostReadUnits: 2 },
  { stateBytes: 3_000, mostReadUnits: 2 },
  // Half as much again as the state and half the tail that triggers a snapshot, which is as long as the state.
  { stateBytes: 10_000, mostReadUnits: (1.5 * (10_000 + 10_000 / 2)) / 4_096 },
])('a state of $stateBytes bytes with events of 300 bytes, every command cold', (row) => {
  const { stateBytes, mostReadUnits } = row
  test(`takes ${mostReadUnits.toFixed(1)} read units, 1.5 write units and 1.05 queries on average, or less`, async () => {
    const id = `cold-${stateBytes}`
    const journal = dynamoDbJournal({ client, tableName })
    const cold = createEngine(bulky, { journal, platform: systemPlatform, cache: { maxEntries: 0 } })
    await fill(id, stateBytes)
    for (let n = 0; n < 60; n++) await cold.execute(id, { type: 'Count' })
    await cold.idle()
    const before = requests.length
    const commands = 120
    for (let n = 0; n < commands; n++) await cold.execute(id, { type: 'Count' })
    await cold.idle()
    const sent = requests.slice(before)
    const of = (name: string) => sent.filter(({ command }) => command === name)
    const units = (name: string) => of(name).reduce((sum, request) => sum + request.units, 0)
    const readUnits = units('QueryCommand') / commands
    const writeUnits = units('PutItemCommand') / commands
    const queries = of('QueryCommand').length / commands
    console.log(
      `state ${stateBytes} B: ${readUnits.toFixed(2)} read units, ${writeUnits.toFixed(2)} write units, ${queries.toFixed(2)} queries a command`,
    )
    expect(readUnits).toBeLessThanOrEqual(mostReadUnits)
    expect(writeUnits).toBeLessThanOrEqual(1.5)
    expect(queries).toBeLessThanOrEqual(1.05)
  })
})

describe.each([100_000, 390_000])('a state of %i bytes', (bytes) => {
  test('works, and warns from half of what a record takes on', async () => {
    const warnings: string[] = []
    const id = `state-${bytes}`
    await fill(id, bytes, { onWarning: (message) => void warnings.push(message) })
    await engine().execute(id, { type: 'Count' })
    const { state } = await engine().read(id)
    expect((state as State).filler.length).toBe(bytes)
    const warned = warnings.some((message) => /^The state of bulky\/state-\d+ has \d+ bytes/.test(message))
    expect(warned).toBe(bytes > 200_000)
  })
})
