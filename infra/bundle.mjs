import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
// In an application: 'tailfold/esbuild'. Its source needs no build first; Node.js strips the types.
import { lambdaBundle } from '../src/esbuild/index.ts'

/** Bundles handlers below functions/ into a folder: functions/bank/handler.ts becomes bank/handler.mjs there. */
export async function bundle(entryPoints, outdir) {
  const { metafile } = await build({
    ...lambdaBundle({ conditions: ['tailfold-source'] }),
    entryPoints,
    outbase: 'functions',
    outdir,
    logLevel: 'warning',
    metafile: true,
  })
  for (const file of Object.keys(metafile.outputs)) {
    if (allowsEverybody.test(readFileSync(file, 'utf8'))) warn(file)
  }
}

/** As a bundler leaves `authorize: 'everybody'`. */
const allowsEverybody = /\bauthorize:\s*(["'`])everybody\1/

function warn(file) {
  console.warn(
    `Warning: in ${file} authorize is 'everybody'. Whoever knows the URL may send every command, unless an authorizer of the gateway decides.`,
  )
}

// `npm run bundle -- functions/bank/handler.ts build`
if (import.meta.main) {
  const [entryPoint, outdir] = process.argv.slice(2)
  await bundle([entryPoint], outdir)
}
