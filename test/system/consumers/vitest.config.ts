import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { requireDevelopmentNode } from '../../preflight.ts'

requireDevelopmentNode()

/** `npm run test:consumers`: the packed package, read by the tools that the projects of others use. */
export default defineConfig({
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  test: {
    include: ['test/system/consumers/**/*.test.ts'],
    globalSetup: ['test/system/consumers/install.ts', 'test/helpers/packed-package-global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})
