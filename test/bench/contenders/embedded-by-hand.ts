// The bank by hand, as one would begin: node:http and node:sqlite, each request loads, decides, and inserts by itself.
// Run as a process of its own with the file as its argument; prints its address.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'

const database = new DatabaseSync(process.argv[2] ?? '')
database.exec(`
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE commits (id TEXT, revision INTEGER, event TEXT, state TEXT, PRIMARY KEY (id, revision)) STRICT`)
const newest = database.prepare(
  'SELECT revision, state FROM commits WHERE id = ? ORDER BY revision DESC LIMIT 1',
)
const insert = database.prepare('INSERT INTO commits (id, revision, event, state) VALUES (?, ?, ?, ?)')

const server = createServer((request, response) => {
  const id = (request.url ?? '').split('/')[2] ?? ''
  const load = () => {
    const row = newest.get(id)
    const state = row && (JSON.parse(String(row['state'])) as { balance: number; txCount: number })
    return { revision: Number(row?.['revision'] ?? 0), state: state ?? { balance: 0, txCount: 0 } }
  }
  if (request.method === 'GET') {
    const { revision, state } = load()
    response.writeHead(200, { 'content-type': 'application/json', etag: `"${revision}"` })
    response.end(JSON.stringify(state))
    return
  }
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    const { amount } = JSON.parse(body) as { amount: number }
    const { revision, state } = load()
    const after = { balance: state.balance + amount, txCount: state.txCount + 1 }
    insert.run(id, revision + 1, JSON.stringify({ type: 'Deposited', amount }), JSON.stringify(after))
    response.writeHead(204, { etag: `"${revision + 1}"` }).end()
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
