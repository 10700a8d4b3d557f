// The bank with Tailfold and nothing that follows its journal, as the bank by hand beside it. Run as a process of its own
// with the file as its argument; prints its address.
import { createApp } from '../../../src/http/index.ts'
import { nodeServer } from '../../../src/runtimes/node/index.ts'
import { sqliteJournal } from '../../../src/stores/sqlite/index.ts'
import { account } from '../../../functions/bank/account.ts'

const journal = sqliteJournal({ file: process.argv[2] ?? '' })
const app = createApp({ journal, entities: [account], authorize: 'everybody', onWarning: () => {} })
const { url } = await nodeServer(app, { port: 0 }).listen()
console.log(url)
