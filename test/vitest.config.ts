import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { requireDevelopmentNode } from './preflight.ts'

// Here and not in a global setup: a global setup that throws holds the run for ten more seconds.
requireDevelopmentNode()

// Many tests start processes that load the same sources: compiled once, each starts in half the time.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url))

// Without `module`: packages that offer it, the AWS SDK among them, mean bundlers, and Node.js cannot load it.
const conditions = ['tailfold-source', 'node', 'module-sync']

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    maxWorkers: 2,
    // One process for many files: half of the time of a small file is the start of its process and the load of the sources.
    isolate: false,
    // What is imported by Node.js itself, not by Vite, resolves `tailfold` to source as well.
    execArgv: ['--conditions=tailfold-source'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/index.ts'],
      reporter: ['text', 'lcovonly'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Generous: a busy machine is no failure.
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/stores/dynamodb/**',
            'test/system/lambda/**',
            'test/system/{contention,follow}/**',
            'test/system/package/**',
            'test/system/consumers/**',
            'test/bench/**',
            'test/clouds/**',
            'test/system/browser/**',
          ],
        },
      },
      {
        extends: true,
        // What the journal stores and reads where the runtime is not like Node.js.
        resolve: {
          alias: { '#bytes': fileURLToPath(new URL('../src/bytes/portable.ts', import.meta.url)) },
        },
        test: { name: 'portable', testTimeout: 30_000, include: ['test/journal/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'dynamodb',
          include: ['test/stores/dynamodb/**/*.test.ts'],
          globalSetup: ['test/helpers/dynamodb-global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          // Requests under contention, and answers in time, depend on who else is running: these have the machine
          // to themselves.
          name: 'contention',
          include: ['test/system/{contention,follow}/**/*.test.ts'],
          globalSetup: ['test/helpers/dynamodb-global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          isolate: true,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // With `package`, for `npm run test:deploy`: what is deployed, in the tools and runtimes it is deployed with.
          name: 'lambda',
          include: ['test/system/lambda/**/*.test.ts'],
          globalSetup: ['test/helpers/dynamodb-global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          isolate: true,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/system/package/**/*.test.ts'],
          globalSetup: ['test/helpers/packed-package-global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './tsconfig.json',
          },
        },
      },
    ],
  },
})
