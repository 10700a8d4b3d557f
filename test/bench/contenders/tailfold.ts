import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Behaviors, createEngine, type Engine, entity, systemPlatform } from '../../../src/index.ts'
import { createTable, dynamoDbClient, dynamoDbJournal } from '../../../src/stores/dynamodb/index.ts'
import { localConfig } from '../sdk.ts'
import { type Contender, newTableName, type Writer } from './contender.ts'

/** Longer histories are written by concurrent callers, which share commits, but for the newest commits, which are read. */
const longestSingleFill = 20_000
const newestSingle = 100
const patient = () => ({ deadline: Date.now() + 600_000 })

/** How Tailfold is used. */
export interface TailfoldOptions {
  readonly warm: boolean
  /** Ballast of the state. */
  readonly padding?: string
  /** Ballast of each event. */
  readonly memo?: string
}

type Deposit = { readonly type: 'Deposit'; readonly amount: number }
type Account = { readonly balance: number; readonly txCount: number; readonly padding?: string }
type Deposited = { readonly type: 'Deposited'; readonly amount: number; readonly memo?: string }

/** The account of the bank; ballast makes its state or its events as large as a measurement wants them. */
export function accountEntity({ padding, memo }: Pick<TailfoldOptions, 'padding' | 'memo'> = {}) {
  return entity<'account', Account, Deposited, Deposit>({
    entityType: 'account',
    initialState: { balance: 0, txCount: 0, ...(padding !== undefined && { padding }) },
    onEvent: (state, { amount }) => ({
      ...state,
      balance: state.balance + amount,
      txCount: state.txCount + 1,
    }),
    onCommand: (_ctx, _state, { amount }) =>
      Behaviors.persisted({ events: [{ type: 'Deposited', amount, ...(memo !== undefined && { memo }) }] }),
  })
}

/** The snapshot slot of the DynamoDB store. */
const snapshotSlot = '9000000000000000'

/** Tailfold with its defaults; cold means a process that has never seen the entity. */
export function tailfold({ warm, padding, memo }: TailfoldOptions): Contender {
  const state = padding === undefined ? '' : `, ${padding.length / 1_000} KB state`
  return {
    library: `Tailfold (${warm ? 'warm' : 'cold'}${state})`,
    how: warm ? 'its defaults' : 'its defaults, the cache off',
    writeOperation: 'PutItem',
    // A small state rides in the commits: no snapshots, no rounds.
    ...((padding?.length ?? 0) >= 1_000 && {
      round: {
        from: 1,
        // The size of a page that holds the tail.
        learns: true,
        ends: ({ operation, input }) =>
          operation === 'PutItem' && (input['Item'] as { sk: { N: string } }).sk.N === snapshotSlot,
      },
    }),
    async deploy(endpoint) {
      const tableName = newTableName('tailfold')
      await createTable(dynamoDbClient(localConfig(endpoint)), tableName)
      const options = { warm, ...(padding !== undefined && { padding }), ...(memo !== undefined && { memo }) }
      return { open: (to = endpoint) => openTailfold(dynamoDbClient(localConfig(to)), tableName, options) }
    },
  }
}

/** One process of Tailfold. */
export function openTailfold(client: DynamoDBClient, tableName: string, options: TailfoldOptions): Writer {
  const journal = dynamoDbJournal({ client, tableName })
  const definition = accountEntity(options)
  const engine: Engine<Deposit> = createEngine(definition, {
    journal,
    platform: systemPlatform,
    ...(!options.warm && { cache: { maxEntries: 0 } }),
  })
  const filler: Engine<Deposit> = createEngine(definition, { journal, platform: systemPlatform })
  const deposit = { type: 'Deposit', amount: 1 } as const

  return {
    client,
    async deposit(accountId) {
      const outcome = await engine.execute(accountId, deposit)
      if (outcome.kind !== 'replied') throw new Error(`The deposit was ${outcome.kind}.`)
    },
    async balance(accountId) {
      return ((await engine.read(accountId)).state as { balance: number }).balance
    },
    async fill(accountId, deposits) {
      const grouped = deposits > longestSingleFill ? deposits - newestSingle : 0
      await Promise.all(Array.from({ length: grouped }, () => filler.execute(accountId, deposit, patient())))
      for (let n = grouped; n < deposits; n++) await filler.execute(accountId, deposit)
      await filler.idle()
    },
    idle: () => engine.idle(),
  }
}
