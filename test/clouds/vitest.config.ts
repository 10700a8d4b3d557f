import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { requireDevelopmentNode } from '../preflight.ts'

requireDevelopmentNode()

const conditions = ['tailfold-source', 'node', 'module-sync']

/** The tests that need packages of this folder. `main.ts` runs them and prints the table. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    maxWorkers: 2,
    include: ['test/clouds/**/*.test.ts'],
    execArgv: ['--conditions=tailfold-source'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
