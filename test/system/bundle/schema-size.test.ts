import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { lambdaBundle } from 'tailfold/esbuild'
import { describe, expect, test } from 'vitest'
import { root } from '../../helpers/doc-blocks.ts'

const zodSchema = 'z.object({ name: z.string().min(1), count: z.int().min(1) })'
const schemas: Readonly<Record<string, string>> = {
  "import { z } from 'zod'": zodSchema,
  "import * as z from 'zod'": zodSchema,
  "import * as z from 'zod/mini'": 'z.object({ name: z.string().check(z.minLength(1)), count: z.int() })',
  "import * as v from 'valibot'":
    'v.object({ name: v.pipe(v.string(), v.minLength(1)), count: v.pipe(v.number(), v.integer()) })',
}

describe('the sizes of schema libraries in docs/schemas.md', () => {
  const rows = [
    ...readFileSync(join(root, 'docs/schemas.md'), 'utf8').matchAll(
      /^\| `(import .*)` \| (\d+) \| (\d+) \|$/gm,
    ),
  ].map(([, statement = '', size, gzipped]) => [statement, Number(size), Number(gzipped)] as const)

  test('are those of the imports that are measured here', () => {
    expect(rows.map(([statement]) => statement)).toEqual(Object.keys(schemas))
  })

  test.for(rows)('%s: %i KB, %i gzipped, within a tenth and 1 KB', async ([statement, size, gzipped]) => {
    const contents = `${statement}\nexport const schema = ${schemas[statement]}`
    const { outputFiles } = await build({
      ...lambdaBundle(),
      banner: {},
      stdin: { contents, resolveDir: root },
      outdir: 'unused',
      write: false,
    })
    const bundle = outputFiles[0]?.contents ?? new Uint8Array()
    for (const [measured, stated] of [
      [bundle.length, size],
      [gzipSync(bundle).length, gzipped],
    ] as const) {
      expect(Math.abs(measured / 1_000 - stated)).toBeLessThanOrEqual(stated / 10 + 1)
    }
  })
})
