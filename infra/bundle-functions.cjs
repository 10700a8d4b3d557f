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
    const entryPoints = Object.values(this.serverless.service.functions).map(({ handler }) =>
      handler.replace(/^build\//, 'functions/').replace(/\.[^.]+$/, '.ts'),
    )
    await build({
      entryPoints,
      outbase: 'functions',
      outdir: 'build',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      // Conditions of one's own replace esbuild's `module`, without which the SDK comes as larger CommonJS.
      conditions: ['tailfold-source', 'module'],
      mainFields: ['module', 'main'],
      // CommonJS dependencies call require, which an ES module has to bring along.
      banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
      logLevel: 'warning',
    })
  }
}
