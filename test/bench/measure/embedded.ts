import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startLocalServer, temporaryFolder } from '../../helpers/local-server.ts'
import { count } from '../counts.ts'
import { fill, type HttpLoad, requestsPerSecond } from './http-load.ts'
import { median } from './statistics.ts'

/** Requests a second of Tailfold on SQLite and of a server written by hand, measured in turns. */
export interface EmbeddedRow {
  /** `'app'`: an app on its journal. `'npm start'`: with the four consumers that follow its journal. */
  readonly server: (typeof servers)[number]
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

const servers = ['app', 'npm start'] as const
const rounds = 3
const roundMs = count(250, 20)
/** For the first 20,000 or so requests, code is still being compiled: they take up to twice as long. */
const warmUpMs = count(10_000, 40)
const accounts = [1, count(1_000, 20)] as const
const connectionCounts = [1, 16, 64] as const
const slowDisk = new URL('../../helpers/slow-disk.ts', import.meta.url).href
const contender = (name: string) =>
  fileURLToPath(new URL(`../contenders/embedded-${name}.ts`, import.meta.url))

interface Server {
  readonly url: string
  stop(): Promise<unknown>
}

/** Measures both servers under all loads; on a disk as it is, then on one where each commit takes 2 ms longer. */
export async function measureEmbedded(): Promise<readonly EmbeddedRow[]> {
  const rows: EmbeddedRow[] = []
  for (const server of servers) {
    for (const commitMs of [0, 2]) {
      const folder = temporaryFolder()
      const env = commitMs > 0 ? { NODE_OPTIONS: `--import=${slowDisk}` } : {}
      const hand = await startContender('by-hand', folder.path, env)
      const tailfold =
        server === 'app'
          ? await startContender(server, folder.path, env)
          : await startExamples(folder.path, env)
      try {
        for (const { url } of [hand, tailfold]) await warmUp(url)
        // Nothing follows a read.
        const reads = commitMs === 0 && server === 'app'
        for (const method of reads ? (['POST', 'GET'] as const) : (['POST'] as const))
          for (const entities of accounts)
            for (const connections of connectionCounts) {
              const figures = await measurePair([hand, tailfold], { method, entities, connections })
              rows.push({ server, commitMs, ...figures })
            }
      } finally {
        for (const { stop } of [hand, tailfold]) await stop()
        folder.remove()
      }
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

async function startExamples(folder: string, env: Readonly<Record<string, string>>): Promise<Server> {
  const server = await startLocalServer({ env: { ...env, TAILFOLD_DATA: folder } })
  return {
    url: server.url,
    async stop() {
      server.kill('SIGTERM')
      await server.ended
    },
  }
}

async function startContender(
  name: 'app' | 'by-hand',
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  const file = join(folder, `${name}.sqlite`)
  const child = spawn(process.execPath, ['--conditions=tailfold-source', contender(name), file], {
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
