import { createApp } from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { jsonLog } from 'tailfold/observe'
import { openApi } from 'tailfold/openapi'
import { account } from '../bank/account.ts'
import { room } from '../booking/room.ts'
import { cart } from '../cart/cart.ts'
import { servedViews, startConsumers } from './consumers.ts'
import { withDocs } from './docs.ts'
import { openJournal } from './journals.ts'
import { readOptions } from './options.ts'
import { openRuntime } from './runtimes.ts'
import { onStopSignal } from './stop-signal.ts'

/** The examples on this machine: `npm start`. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  const opened = await openJournal(options)
  const { journal, keptIn, close } = opened
  const served = createApp({
    journal,
    entities: [account, cart, room],
    authorize: 'everybody',
    // Only this machine can connect, so the warning about 'everybody' would be noise.
    onWarning: () => {},
    openapi: openApi({ title: 'Tailfold examples', version: '1.0.0' }),
    routes: servedViews(opened),
    costs: true,
    observers: options.log ? [jsonLog()] : [],
  })
  const { app, reached } = await openRuntime(options, served)
  const server = nodeServer(withDocs(app), { port: options.port })
  const { url } = await server.listen().catch(async (error: unknown) => {
    await close()
    throw error
  })
  const stopConsumers = startConsumers(opened)
  onStopSignal(async () => {
    await server.close()
    await stopConsumers()
    await close()
  }, fail)
  console.log(`Tailfold serves account, cart and room on ${url}${reached}
Data: ${keptIn}
Docs: ${url}/docs
Views: ${opened.rows === undefined ? 'none, as nothing follows this journal' : `${url}/views/carts?value=active and ${url}/views/balances?value=positive`}

Try it:
  curl -X POST ${url}/account/acc-001/Deposit -H 'content-type: application/json' -d '{"amount":100}'
  curl -X POST ${url}/account/acc-001/Withdraw -H 'content-type: application/json' -d '{"amount":30}'
  curl ${url}/account/acc-001
`)
}

/** One line: what the AWS SDK adds to its messages is for the makers of clients. */
function fail(error: unknown): never {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n')
  console.error(line)
  process.exit(1)
}

main().catch(fail)
