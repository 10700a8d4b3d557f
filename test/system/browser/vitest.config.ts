import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { requireDevelopmentNode } from '../../preflight.ts'

requireDevelopmentNode()

const conditions = ['tailfold-source', 'node', 'module-sync']

/** Apart from the other tests, which need nothing that npm does not install. */
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['test/system/browser/**/*.test.ts'],
    execArgv: ['--conditions=tailfold-source'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
