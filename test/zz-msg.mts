import { startDynamoDbLocal } from 'tailfold/testing/dynamodb-local'
import { dynamoDbClient, dynamoDbStore, createTable, verifyTable } from 'tailfold/dynamodb'
import { sqliteJournal } from 'tailfold/sqlite'
import { writeFileSync } from 'node:fs'
for (const k of Object.keys(process.env)) if (k.startsWith('AWS')) delete process.env[k]
const s = await startDynamoDbLocal()
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
const show = async (what: string, f: () => unknown) => { const t=Date.now(); try { await f(); console.log(what, 'OK') } catch (e: any) { console.log(`${what} (${Date.now()-t} ms, retryable ${e.retryable}, applied ${e.data?.applied})\n   ${e.message}`) } }
const st = (o: any, tableName = 'jurnal') => dynamoDbStore({ client: dynamoDbClient(o), tableName })
await show('missing table', () => st({ endpoint: s.endpoint, region: 'local', credentials }).recover('a/b', 4))
await show('no credentials', () => st({ endpoint: s.endpoint, region: 'local' }).recover('a/b', 4))
await show('no region', () => st({ endpoint: s.endpoint, credentials }).recover('a/b', 4))
await show('nobody there', () => st({ endpoint: 'http://localhost:1', region: 'local', credentials }).recover('a/b', 4))
await show('unknown host', () => st({ endpoint: 'http://no.such.host.invalid', region: 'local', credentials }).recover('a/b', 4))
await show('bad table name', () => st({ endpoint: s.endpoint, region: 'local', credentials }, 'a b').recover('a/b', 4))
await show('bad createTable', () => createTable(dynamoDbClient({ endpoint: s.endpoint, region: 'local', credentials }), 'x'))
await show('verify missing', () => verifyTable(dynamoDbClient({ endpoint: s.endpoint, region: 'local', credentials }), 'nope'))
await show('undefined table', () => st({ endpoint: s.endpoint, region: 'local', credentials }, undefined))
writeFileSync('/tmp/mine/text.sqlite', 'hello '.repeat(500))
await show('text', () => sqliteJournal({ file: '/tmp/mine/text.sqlite' }))
await show('folder', () => sqliteJournal({ file: '/tmp/mine' }))
await show('proc', () => sqliteJournal({ file: '/proc/none/x.sqlite' }))
await s.stop()
