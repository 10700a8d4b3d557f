import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startLocalServer, temporaryFolder } from '../../helpers/local-server.ts'
import { count } from '../counts.ts'
import { fill, type HttpLoad, requestsPerSecond } from './http-load.ts'
import { median } from './statistics.ts'

/** Requests a second of the local server (`npm start`, on SQLite) and of one written by hand, measured in turns. */
export interface EmbeddedRow {
  readonly method: 'GET' | 'POST'
  readonly entities: number
  readonly connections: number
  /** Time that each commit takes longer than on this disk. */
  readonly commitMs: number
  /** Medians of the rounds. */
  readonly byHandPerSecond: number
  readonly tailfoldPerSecond: number
  /** Median of the ratios of the rounds, Tailfold over by hand: above 1 is faster than by hand. */
  readonly ratio: number
}

const rounds = 3
const roundMs = count(250, 20)
/** The first requests are carried out by code that is not compiled yet. */
const warmUpMs = count(2_000, 40)
const accounts = [1, count(1_000, 20)] as const
const connectionCounts = [1, 16, 64] as const
const slowDisk = new URL('../../helpers/slow-disk.ts', import.meta.url).href
const byHand = fileURLToPath(new URL('../contenders/embedded-by-hand.ts', import.meta.url))

interface Server {
  readonly url: string
  stop(): Promise<unknown>
}

/** Measures both servers under all loads; on a disk as it is, then on one where each commit takes 2 ms longer. */
export async function measureEmbedded(): Promise<readonly EmbeddedRow[]> {
  const rows: EmbeddedRow[] = []
  for (const commitMs of [0, 2]) {
    const folder = temporaryFolder()
    const env = commitMs > 0 ? { NODE_OPTIONS: `--import=${slowDisk}` } : {}
    const servers = [await startByHand(folder.path, env), await startTailfold(folder.path, env)] as const
    try {
      for (const { url } of servers) await warmUp(url)
      for (const method of commitMs > 0 ? (['POST'] as const) : (['POST', 'GET'] as const))
        for (const entities of accounts)
          for (const connections of connectionCounts)
            rows.push({ commitMs, ...(await measurePair(servers, { method, entities, connections })) })
    } finally {
      for (const { stop } of servers) await stop()
      folder.remove()
    }
  }
  return rows
}

async function warmUp(url: string): Promise<void> {
  await fill(url, 1_000)
  for (const method of ['POST', 'GET'] as const)
    await requestsPerSecond({ url, method, entities: 1_000, connections: 16 }, warmUpMs / 2)
}

async function measurePair([hand, tailfold]: readonly [Server, Server], load: Omit<HttpLoad, 'url'>) {
  const measured: { readonly hand: number; readonly tailfold: number }[] = []
  for (let round = 0; round <= rounds; round++) {
    const byHandPerSecond = await requestsPerSecond({ ...load, url: hand.url }, roundMs)
    const tailfoldPerSecond = await requestsPerSecond({ ...load, url: tailfold.url }, roundMs)
    // The first is for this load to settle.
    if (round > 0) measured.push({ hand: byHandPerSecond, tailfold: tailfoldPerSecond })
  }
  return {
    ...load,
    byHandPerSecond: median(measured.map((round) => round.hand)),
    tailfoldPerSecond: median(measured.map((round) => round.tailfold)),
    ratio: median(measured.map((round) => round.tailfold / round.hand)),
  }
}

async function startTailfold(folder: string, env: Readonly<Record<string, string>>): Promise<Server> {
  const server = await startLocalServer({ env: { ...env, TAILFOLD_DATA: folder } })
  return {
    url: server.url,
    async stop() {
      server.kill('SIGTERM')
      await server.ended
    },
  }
}

async function startByHand(folder: string, env: Readonly<Record<string, string>>): Promise<Server> {
  const child = spawn(process.execPath, [byHand, join(folder, 'by-hand.sqlite')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return {
    url,
    async stop() {
      child.kill()
      await once(child, 'close')
    },
  }
}
