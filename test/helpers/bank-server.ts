import { InMemoryJournal } from 'tailfold'
import { type Client, type ClientOptions, client } from 'tailfold/client'
import { type AppOptions, createApp } from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { account } from '../../functions/bank/account.ts'
import { cart } from '../../functions/cart/cart.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

/** An app with the entities of the examples, on a journal in memory. */
export function bankApp(options: Pick<AppOptions<never>, 'cors'> = {}) {
  return createApp({
    journal: new InMemoryJournal(),
    onWarning: () => {},
    authorize: 'everybody',
    ...options,
    entities: [account, cart],
  })
}

/** A server of {@link bankApp} with a proxy before it. Whoever starts it disposes of it. */
export interface BankServer extends AsyncDisposable {
  /** Of the server itself. */
  readonly url: string
  readonly proxy: FaultProxy
  /** A client whose requests pass the proxy. */
  client(options?: Partial<ClientOptions>): Client<ReturnType<typeof bankApp>>
}

/** Starts one on a free port. */
export async function startBankServer(): Promise<BankServer> {
  const server = nodeServer(bankApp(), { port: 0 })
  const { url } = await server.listen()
  const proxy = await startFaultProxy(url)
  return {
    url,
    proxy,
    client: (options = {}) => client<ReturnType<typeof bankApp>>({ baseUrl: proxy.endpoint, ...options }),
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await server.close()
    },
  }
}
