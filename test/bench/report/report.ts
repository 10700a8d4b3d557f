import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CostResult, runCost } from '../cost.ts'
import { type LatencyResult, runLatency } from '../latency.ts'
import { progress } from '../measure/database.ts'
import { runScaling, type ScalingResult } from '../scaling.ts'
import { drawCharts } from './charts.ts'
import { benchmarksDocument } from './document.ts'

const results = new URL('../results/', import.meta.url)
const docs = new URL('../../../docs/', import.meta.url)

/** Measures everything, keeps the results, and writes docs/benchmarks.md with its charts from what was kept. */
export async function runReport({ measure }: { readonly measure: boolean }): Promise<void> {
  if (measure) {
    keep('cost', await runCost())
    keep('latency', await runLatency())
    keep('scaling', await runScaling())
  }
  const cost = kept('cost') as CostResult
  const latency = kept('latency') as LatencyResult
  const scaling = kept('scaling') as ScalingResult

  mkdirSync(new URL('benchmarks/', docs), { recursive: true })
  for (const [name, svg] of Object.entries(drawCharts(cost, latency, scaling))) {
    writeFileSync(new URL(`benchmarks/${name}.svg`, docs), svg)
  }
  writeFileSync(new URL('benchmarks.md', docs), benchmarksDocument(cost, latency, scaling))
  progress('docs/benchmarks.md and docs/benchmarks/*.svg are written')
}

function keep(name: string, result: object): void {
  mkdirSync(results, { recursive: true })
  const file = new URL(`${name}.json`, results)
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`)
  spawnSync('npx', ['biome', 'format', '--write', fileURLToPath(file)], { stdio: 'ignore' })
}

function kept(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, results), 'utf8'))
}
