#!/usr/bin/env node
// What `npx tailfold` starts. A package holds what was built; this repository may not have been built, and what was may
// be older than the source.
import { existsSync } from 'node:fs'

const source = new URL('main.ts', import.meta.url)
const built = new URL('../../dist/cli/main.js', import.meta.url)
const { main } = await import(existsSync(source) ? source : built)
process.exitCode = await main(process.argv.slice(2), process.env)
