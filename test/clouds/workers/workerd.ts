import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

/** A Worker in workerd. */
export interface Workerd {
  readonly url: URL
  readonly miniflare: Miniflare
  stop(): Promise<void>
}

/** As in infra/cloudflare/wrangler.jsonc. */
const compatibilityDate = '2026-07-01'

/** Bundles a Worker of this folder for a runtime without modules of its own, and starts it in workerd. */
export async function startWorker(
  file: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Workerd> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    target: 'es2024',
    conditions: ['tailfold-source'],
    external: ['node:*'],
    write: false,
  })
  const miniflare = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? '',
    compatibilityDate,
    ...options,
  })
  const url = await miniflare.ready
  return { url, miniflare, stop: () => miniflare.dispose() }
}
