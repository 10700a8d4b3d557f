import { deflateRawSync } from 'node:zlib'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { lambdaBundle, type LambdaBundleOptions } from 'tailfold/esbuild'
import { root } from '../../helpers/doc-blocks.ts'

/** A handler as one file. Sizes in bytes. */
export interface HandlerBundle {
  readonly file: string
  readonly text: string
  readonly bytes: number
  /** As a zip archive holds it. */
  readonly deflatedBytes: number
  /** Bytes that come from each {@link Part}, those of `glue` from none: banner and imports. */
  readonly parts: Readonly<Record<Part, number>>
  /** Paths of the files it was made of. */
  readonly inputs: readonly string[]
}

/** Where the bytes of a bundle come from. */
export type Part = (typeof parts)[number][0] | 'glue'

const parts = [
  ['core', /^src\/(core\/|(platform|timers)\.ts)/],
  ['journal', /^src\/(journal|bytes)\//],
  ['dynamodb', /^src\/stores\/dynamodb\//],
  ['http', /^src\/http\//],
  ['views', /^src\/(views|consumers)\//],
  ['observe', /^src\/observe\//],
  ['lambda', /^src\/runtimes\/(lambda|common)\//],
  ['middy', /node_modules\/@middy\//],
  ['handler', /^(functions|test)\//],
  ['sdk', /./],
] as const

/** Bundles `functions/bank/handler.ts` with the published preset. */
export function bundleBank(options: LambdaBundleOptions = {}): Promise<HandlerBundle> {
  return bundleHandler('functions/bank/handler.ts', {
    ...lambdaBundle({ conditions: ['tailfold-source'], ...options }),
    outdir: 'build',
  })
}

/** Bundles a handler without writing it anywhere. */
export function bundleHandler(entryPoint: string, options: BuildOptions): Promise<HandlerBundle> {
  return bundleOf(entryPoint, { ...options, entryPoints: [entryPoint] })
}

/** Bundles a program given as text, with the published preset and without the SDK. */
export function bundleProgram(contents: string): Promise<HandlerBundle> {
  return bundleOf('The program', {
    ...lambdaBundle({ conditions: ['tailfold-source'], sdk: 'external' }),
    stdin: { contents, resolveDir: root, sourcefile: 'test/program.ts', loader: 'ts' },
    outdir: 'build',
  })
}

async function bundleOf(name: string, options: BuildOptions): Promise<HandlerBundle> {
  const { metafile, outputFiles } = await build({
    ...options,
    absWorkingDir: root,
    metafile: true,
    write: false,
  })
  const [file] = outputFiles
  const [output] = Object.values(metafile.outputs)
  if (file === undefined || output === undefined) throw new Error(`${name} gave no bundle.`)
  return {
    file: file.path,
    text: file.text,
    bytes: output.bytes,
    deflatedBytes: deflateRawSync(file.contents).length,
    parts: partsOf(output),
    inputs: Object.keys(output.inputs),
  }
}

function partsOf({ bytes, inputs }: Metafile['outputs'][string]): Record<Part, number> {
  const empty = [...parts.map(([part]) => part), 'glue' as const].map((part) => [part, 0])
  const sizes = Object.fromEntries(empty) as Record<Part, number>
  sizes.glue = bytes
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const [part] = parts.find(([, pattern]) => pattern.test(path)) ?? (['sdk'] as const)
    sizes[part] += bytesInOutput
    sizes.glue -= bytesInOutput
  }
  return sizes
}
