import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Where and with what a run was made. */
export interface Machine {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly dynamoDbLocal: string
  /** Commit of this repository; `+` when files were changed since. */
  readonly commit: string
  readonly versions: Readonly<Record<string, string>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const peers = [
  '@castore/core',
  '@castore/event-storage-adapter-dynamodb',
  '@equinox-js/core',
  '@equinox-js/dynamo-store',
  'event-store-adapter-js',
]

/** Describes this machine and the packages in use. */
export function describeMachine(dynamoDbLocal: string): Machine {
  const here = (name: string) => versionOf(new URL(`node_modules/${name}/package.json`, import.meta.url))
  const inRoot = (name: string) =>
    versionOf(new URL(`../../node_modules/${name}/package.json`, import.meta.url))
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    dynamoDbLocal,
    commit: commitOf(),
    versions: {
      tailfold: versionOf(new URL('../../package.json', import.meta.url)),
      '@aws-sdk/client-dynamodb': inRoot('@aws-sdk/client-dynamodb'),
      ...Object.fromEntries(peers.map((name) => [name, here(name)])),
    },
  }
}

function versionOf(file: URL): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function commitOf(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', 'src') === '' ? '' : '+'
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`
  } catch {
    return 'unknown'
  }
}
