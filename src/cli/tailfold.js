#!/usr/bin/env node
// What `npx tailfold` starts. Of an installed package what was built, for Node.js strips no types there; this repository may
// not have been built, and what was may be older than the source.
import module from 'node:module'

const source = new URL('main.ts', import.meta.url)
const built = new URL('../../dist/cli/main.js', import.meta.url)
const isSource = !import.meta.url.includes('/node_modules/')
// So that `#bytes` is the source too. Node.js before 22.15 needs --conditions=tailfold-source instead.
if (isSource)
  module.registerHooks?.({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, 'tailfold-source'] }),
  })
try {
  const { main } = await import(isSource ? source : built)
  process.exitCode = await main(process.argv.slice(2), process.env)
} catch (error) {
  // Such as a Node.js that is too old: one line, without a stack.
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
