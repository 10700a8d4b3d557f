import {
  storeConformance,
  type StoreConformanceOptions,
} from '../../../src/testing/store-conformance/index.ts'
import { storeChaos } from '../../../src/testing/store-chaos/index.ts'
import { contention } from '../suite/contention.ts'
import { commandCosts } from '../suite/units.ts'

/** What a part of the suite returned, or the error that it ended with. */
export interface PartReport {
  readonly value?: unknown
  readonly error?: string
}

/** `/names`: the cases of the conformance suite; `/run?name=`: runs one of them; `/contention`, `/chaos`, `/costs`. */
export async function answerSuite(options: StoreConformanceOptions, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  const cases = storeConformance(options)
  const parts: Readonly<Record<string, () => Promise<unknown>>> = {
    '/names': async () => cases.map(({ name, skip }) => ({ name, skip })),
    '/run': async () => cases.find(({ name }) => name === searchParams.get('name'))?.run(),
    '/contention': () => contention(options.open),
    '/chaos': () => storeChaos({ open: options.open }),
    '/costs': () => commandCosts(options.open),
  }
  const report: PartReport = await (
    parts[pathname]?.() ?? Promise.reject(new Error(`${pathname} is no part`))
  ).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: `${String(error)} ${String((error as Error).cause)}` }),
  )
  return Response.json(report)
}
