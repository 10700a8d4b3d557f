import { createConsumers, follow } from 'tailfold/consumers'
import { createApp } from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { openApi } from 'tailfold/openapi'
import { sqliteJournal, sqliteRows } from 'tailfold/sqlite'
import { viewRoutes } from 'tailfold/views'
import { account } from './account.ts'
import { balances } from './balances.ts'

// The account and its view on this machine, kept in a SQLite file. functions/bank/handler.ts is what AWS runs.
const journal = sqliteJournal({ file: 'data/journal.sqlite' })
const rows = sqliteRows({ journal })
const following = follow(createConsumers({ journal, rows, consumers: [balances] }))
const app = createApp({
  journal,
  entities: [account],
  authorize: 'everybody',
  routes: viewRoutes({ journal, rows, views: [balances] }),
  // Only this machine can connect, so the warning about 'everybody' would be noise.
  onWarning: () => {},
  openapi: openApi({ title: 'Bank', version: '1.0.0' }),
})
const server = nodeServer(app, { port: Number(process.env['PORT'] ?? 3000) })
const { url } = await server.listen()
console.log(`Listening on ${url}, described by ${url}/openapi.json. Data: data/journal.sqlite`)

async function stop(): Promise<void> {
  await server.close()
  await following.stop()
  rows.close()
  journal.close()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
