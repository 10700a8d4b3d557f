import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { lambdaBundle } from 'tailfold/esbuild'
import { root } from '../../helpers/doc-blocks.ts'
import { bundleBank, bundleHandler, type HandlerBundle } from './bank-bundle.ts'
import { type ColdStart, coldStart } from './cold-start.ts'
import { startFakeDynamoDb } from './fake-dynamodb.ts'

const processes = 15
/** Tailfold may take this much of the time that the hand-written handler takes. */
const budget = 0.7

/** Inside the repository: an external SDK is found in its node_modules. */
const folder = join(root, 'build/bench')

const handWritten = 'test/system/bundle/hand-written.ts'
const ordinary = { bundle: true, platform: 'node', outfile: 'handler.cjs' } as const

const bundles: Readonly<Record<string, HandlerBundle>> = {
  tailfold: await bundleBank(),
  'hand-written': await bundleHandler(handWritten, ordinary),
  'tailfold, credentials chain': await bundleBank({ credentials: 'chain' }),
  'tailfold, SDK external': await bundleBank({ sdk: 'external' }),
  'hand-written, minified': await bundleHandler(handWritten, { ...ordinary, minify: true }),
  'hand-written, preset': await bundleHandler(handWritten, { ...lambdaBundle(), outdir: '.' }),
}
const names = Object.keys(bundles)

function write(name: string, { file, text }: HandlerBundle): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name.replaceAll(/\W+/g, '-') + file.slice(file.lastIndexOf('.')))
  writeFileSync(path, text)
  return path
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = [sorted[sorted.length - 1 - middle], sorted[middle]]
  return (low + high) / 2
}

/** One process of each bundle a round, in turns forwards and backwards, so that a busy machine slows all alike. */
async function measure(): Promise<Readonly<Record<string, readonly ColdStart[]>>> {
  const files = new Map(names.map((name) => [name, write(name, bundles[name] as HandlerBundle)]))
  const starts = Object.fromEntries(names.map((name): [string, ColdStart[]] => [name, []]))
  await using server = await startFakeDynamoDb()
  for (let round = -1; round < processes; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const start = await coldStart(files.get(name) ?? '', server.endpoint)
      const operations = server.takeOperations().join(', ')
      if (operations !== 'Query, PutItem') throw new Error(`${name} sent ${operations}.`)
      // The first round warms the caches of the disk.
      if (round >= 0) starts[name]?.push(start)
    }
  }
  return starts
}

const starts = await measure()
const pairedRatio = (name: string, other: string) =>
  median((starts[name] ?? []).map(({ sumMs }, round) => sumMs / (starts[other]?.[round]?.sumMs ?? 0)))
const round = (value: number, digits: number) => Number(value.toFixed(digits))
const medianOf = (name: string, field: keyof ColdStart) =>
  round(median((starts[name] ?? []).map((start) => start[field])), 1)

const rows = names.map((name) => {
  const { bytes, deflatedBytes, parts } = bundles[name] as HandlerBundle
  return {
    bundle: name,
    bytes,
    deflatedBytes,
    parts,
    importMs: medianOf(name, 'importMs'),
    callMs: medianOf(name, 'callMs'),
    sumMs: medianOf(name, 'sumMs'),
    ratio: round(pairedRatio(name, 'hand-written'), 2),
  }
})
const report = {
  node: process.version,
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  date: new Date().toISOString(),
  processes,
  budget,
  ratio: rows[0]?.ratio ?? Number.NaN,
  rows,
}

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(report, undefined, 2))
} else {
  console.table(rows, ['bundle', 'bytes', 'deflatedBytes', 'importMs', 'callMs', 'sumMs', 'ratio'])
  console.table(Object.fromEntries(rows.map(({ bundle, parts }) => [bundle, parts])))
  console.log(`Cold start against the hand-written handler: ${report.ratio}; at most ${budget} is the aim.`)
}
