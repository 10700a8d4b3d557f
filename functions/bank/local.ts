import { createApp } from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { openApi } from 'tailfold/openapi'
import { sqliteJournal } from 'tailfold/sqlite'
import { account } from './account.ts'

// The account on this machine, kept in a SQLite file. functions/bank/handler.ts is what AWS runs.
const journal = sqliteJournal({ file: 'data/journal.sqlite' })
const app = createApp({
  journal,
  entities: [account],
  authorize: 'everybody',
  // Only this machine can connect, so the warning about 'everybody' would be noise.
  onWarning: () => {},
  openapi: openApi({ title: 'Bank', version: '1.0.0' }),
})
const server = nodeServer(app, { port: Number(process.env['PORT'] ?? 3000) })
const { url } = await server.listen()
console.log(`Listening on ${url}, described by ${url}/openapi.json. Data: data/journal.sqlite`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.close().then(() => journal.close()))
}
