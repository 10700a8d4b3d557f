'use strict'

const { build } = require('esbuild')

/** Bundles each function's handler into build/ before the Serverless Framework packages it. */
module.exports = class BundleFunctions {
  constructor(serverless) {
    this.serverless = serverless
    this.hooks = { 'before:package:createDeploymentArtifacts': () => this.bundle() }
  }

  /** `build/bank/handler.handler` is bundled from `functions/bank/handler.ts`. */
  async bundle() {
    // In an application: 'tailfold/esbuild'. Its source needs no build first; Node.js strips the types.
    const { lambdaBundle } = await import('../src/esbuild/index.ts')
    const entryPoints = Object.values(this.serverless.service.functions).map(({ handler }) =>
      handler.replace(/^build\//, 'functions/').replace(/\.[^.]+$/, '.ts'),
    )
    await build({
      ...lambdaBundle({ conditions: ['tailfold-source'] }),
      entryPoints,
      outbase: 'functions',
      outdir: 'build',
      logLevel: 'warning',
    })
  }
}
