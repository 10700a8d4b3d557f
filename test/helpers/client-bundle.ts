import { build } from 'esbuild'
import { root } from './doc-blocks.ts'

/** The client as one minified file, as a page would load it. */
export interface ClientBundle {
  readonly text: string
  readonly bytes: number
  /** Paths of the files it was made of. */
  readonly inputs: readonly string[]
}

/** Bundles `tailfold/client`; as `iife` it defines the global `tailfold`. */
export async function bundleClient(
  format: 'esm' | 'iife',
  entry = 'src/client/index.ts',
): Promise<ClientBundle> {
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format,
    globalName: 'tailfold',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    write: false,
  })
  const [file] = outputFiles
  const [output] = Object.values(metafile.outputs)
  if (file === undefined || output === undefined) throw new Error('esbuild gave no bundle.')
  return { text: file.text, bytes: output.bytes, inputs: Object.keys(metafile.inputs) }
}
