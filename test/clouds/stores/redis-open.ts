import { createClient } from '@redis/client'
import type { OpenAddress } from 'tailfold/testing'
import { redisStore } from '../../../docs/examples/redis-store.ts'

/** Opens a connection of its own. */
export const openStore: OpenAddress<string> = async (url) => {
  const client = createClient({ url })
  // A server that ends breaks the connection too; the next command says so.
  client.on('error', () => {})
  await client.connect()
  return { store: redisStore((args) => client.sendCommand(args)), close: () => client.destroy() }
}
