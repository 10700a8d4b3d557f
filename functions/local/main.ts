import { createApp } from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { account } from '../bank/account.ts'
import { cart } from '../cart/cart.ts'
import { openJournal } from './journals.ts'
import { readOptions } from './options.ts'

/** The examples on this machine: `npm start`. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  const { journal, keptIn, close } = await openJournal(options)
  const server = nodeServer(createApp({ journal, entities: [account, cart] }), { port: options.port })
  const { url } = await server.listen().catch(async (error: unknown) => {
    await close()
    throw error
  })
  console.log(`Tailfold serves account and cart on ${url}
Data: ${keptIn}

Try it:
  curl -X POST ${url}/account/acc-001/Deposit -H 'content-type: application/json' -d '{"amount":100}'
  curl -X POST ${url}/account/acc-001/Withdraw -H 'content-type: application/json' -d '{"amount":30}'
  curl ${url}/account/acc-001
`)

  const stop = (signal: NodeJS.Signals) => {
    console.log(`${signal}: finishing what is under way`)
    server
      .close()
      .then(close)
      .then(() => process.exit(0), fail)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

main().catch(fail)
