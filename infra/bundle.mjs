import { build } from 'esbuild'
// In an application: 'tailfold/esbuild'. Its source needs no build first; Node.js strips the types.
import { lambdaBundle } from '../src/esbuild/index.ts'

/** Bundles handlers below functions/ into a folder: functions/bank/handler.ts becomes bank/handler.mjs there. */
export async function bundle(entryPoints, outdir) {
  await build({
    ...lambdaBundle({ conditions: ['tailfold-source'] }),
    entryPoints,
    outbase: 'functions',
    outdir,
    logLevel: 'warning',
  })
}

// `npm run bundle -- functions/bank/handler.ts build`
if (import.meta.main) {
  const [entryPoint, outdir] = process.argv.slice(2)
  await bundle([entryPoint], outdir)
}
