'use strict'

const { statSync } = require('node:fs')

/** Bundles each function's handler into build/ before the Serverless Framework packages or serves it. */
module.exports = class BundleFunctions {
  constructor(serverless, _options, { log }) {
    this.serverless = serverless
    this.log = log
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.bundle(),
      'after:package:createDeploymentArtifacts': () => this.printSizes(),
      'before:offline:start': () => this.bundle(),
      'before:offline:start:init': () => this.bundle(),
    }
  }

  get functions() {
    return Object.entries(this.serverless.service.functions)
  }

  /** `build/bank/handler.handler` is bundled from `functions/bank/handler.ts`. */
  async bundle() {
    const { bundle } = await import('./bundle.mjs')
    const entryPoints = this.functions.map(([, { handler }]) =>
      handler.replace(/^build\//, 'functions/').replace(/\.[^.]+$/, '.ts'),
    )
    await bundle(entryPoints, 'build')
  }

  /** As `bank: 73 KB`, the size of the archive that is uploaded. */
  printSizes() {
    for (const [name, { package: archive }] of this.functions) {
      this.log.notice(`${name}: ${Math.ceil(statSync(archive.artifact).size / 1_000)} KB`)
    }
  }
}
