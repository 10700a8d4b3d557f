#!/usr/bin/env node
// What `npx tailfold` starts. A package holds what was built; this repository may not have been built, and what was may
// be older than the source.
import { existsSync } from 'node:fs'
import module from 'node:module'

const source = new URL('main.ts', import.meta.url)
const built = new URL('../../dist/cli/main.js', import.meta.url)
const isSource = existsSync(source)
// So that `#bytes` is the source too. Node.js before 22.15 needs --conditions=tailfold-source instead.
if (isSource)
  module.registerHooks?.({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, 'tailfold-source'] }),
  })
const { main } = await import(isSource ? source : built)
process.exitCode = await main(process.argv.slice(2), process.env)
