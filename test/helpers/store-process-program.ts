// Runs in a process of its own; see store-process.ts. Says `ready`, waits for a line, then writes.
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { isTailfoldError, type Store } from 'tailfold'
import { dynamoDbClient, dynamoDbStore } from 'tailfold/dynamodb'
import { sqliteStore } from 'tailfold/sqlite'
import { keysOf, type RaceReport, type StoreAddress, type WriterTask } from './store-process.ts'

const task = JSON.parse(process.argv[2] ?? '') as WriterTask

function open(address: StoreAddress): Store {
  if (address.kind === 'sqlite') return sqliteStore({ file: address.file })
  const { endpoint, accessKeyId, tableName } = address
  const credentials = { accessKeyId, secretAccessKey: 'secret' }
  return dynamoDbStore({ client: dynamoDbClient({ endpoint, region: 'local', credentials }), tableName })
}

// Written at once and whole: a line that was read was acknowledged, even by a process that was killed.
function say(line: string): void {
  writeSync(1, `${line}\n`)
}

/** Appends until it has won so many revisions, one after the other, whoever wins those between. */
async function race(store: Store, wins: number, key: string): Promise<RaceReport> {
  const won: number[] = []
  let lost = 0
  for (let revision = 1; won.length < wins; revision++) {
    const { kind } = await appendOnceFree(store, key, revision)
    if (kind === 'appended') won.push(revision)
    else lost += 1
  }
  return { name: task.name, won, lost }
}

/** A lock may be taken by others for longer than a store waits. */
async function appendOnceFree(store: Store, key: string, revision: number): ReturnType<Store['append']> {
  for (;;) {
    try {
      return await store.append(key, revision, { id: `${task.name} ${revision}` })
    } catch (error) {
      if (!isTailfoldError(error, 'store-unavailable') || error.data.applied !== 'no' || !error.retryable)
        throw error
    }
  }
}

async function appendWithoutEnd(store: Store, key: string): Promise<never> {
  for (let revision = 1; ; revision++) {
    await store.append(key, revision, {
      id: `${task.name} ${revision}`,
      e: 'x'.repeat(revision % 5_000),
    })
    say(`${key} ${revision}`)
  }
}

const lines = createInterface({ input: process.stdin })
// With `openAfterGo` even the opening of the store is part of the race.
const early = task.openAfterGo === true ? undefined : open(task.address)
say('ready')
lines.once('line', () => {
  lines.close()
  const store = early ?? open(task.address)
  const { wins, keys } = task
  const racedFor = keys === undefined ? [task.key] : keysOf(task)
  const work =
    wins === undefined
      ? Promise.all(keysOf(task).map((key) => appendWithoutEnd(store, key)))
      : Promise.all(racedFor.map((key) => race(store, wins, key)))
  void work.then(([report]) => say(JSON.stringify(report))).then(() => process.exit(0))
})
