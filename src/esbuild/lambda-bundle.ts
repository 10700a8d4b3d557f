import type { BuildOptions, Plugin } from 'esbuild'
import { type Check, checkOptions, oneOf, trueOrFalse } from '../core/base/check-options.ts'
import { environmentCredentials } from './environment-credentials.ts'
import { lazyBuiltins } from './lazy-builtins.ts'
import { leanSdk } from './lean-sdk.ts'

/** Options of {@link lambdaBundle}. */
export interface LambdaBundleOptions {
  /**
   * `'bundled'`: the AWS SDK is part of the file, trimmed to what is used; it starts fastest, and in the version that
   * was tested. `'external'`: the SDK of the Lambda runtime is used, whose version AWS chooses. Default `'bundled'`.
   */
  readonly sdk?: 'bundled' | 'external'
  /**
   * Where a bundled SDK looks for credentials when none are passed to the client. `'environment'`: in
   * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, which every Lambda function has; the code for
   * all other places is left out, and configuration files are read only where `AWS_CONFIG_FILE` or
   * `AWS_SHARED_CREDENTIALS_FILE` names one. `'chain'`: wherever the SDK looks, for a file that also runs in a container
   * or on a developer's machine. An external SDK always has the chain. Default `'environment'`.
   */
  readonly credentials?: 'environment' | 'chain'
  /** Default true. */
  readonly minify?: boolean
  /** Conditions of packages' `exports` beside `module`, such as those of a monorepo's sources. Default none. */
  readonly conditions?: readonly string[]
}

/** The part of esbuild's options that a preset sets. */
export type LambdaBundle = BuildOptions &
  Required<Pick<BuildOptions, 'bundle' | 'format' | 'platform' | 'target' | 'conditions' | 'external'>> & {
    /** Keep them when adding your own: `plugins: [...preset.plugins, own]`. */
    readonly plugins: Plugin[]
  }

/**
 * esbuild options that turn a handler into one ES module that starts fast on the Lambda runtimes nodejs22.x and
 * nodejs24.x. Shape: `build({ ...lambdaBundle(), entryPoints: ['handler.ts'], outdir: 'build' })` writes
 * `build/handler.mjs`. Throws `TypeError` on an option it does not know.
 */
export function lambdaBundle(options: LambdaBundleOptions = {}): LambdaBundle {
  checkOptions<LambdaBundleOptions>('lambdaBundle', options, checks, 'lambdaBundle: ')
  const { sdk = 'bundled', credentials = 'environment', minify = true, conditions = [] } = options
  return {
    bundle: true,
    minify,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    outExtension: { '.js': '.mjs' },
    // esbuild's own order takes CommonJS, of which it can leave nothing out.
    mainFields: ['module', 'main'],
    // Conditions of one's own replace esbuild's `module`, so it is named.
    conditions: ['module', ...conditions],
    banner: { js: requireInModule },
    external: sdk === 'external' ? ['@aws-sdk/*', '@smithy/*'] : [],
    plugins: [
      lazyBuiltins(),
      leanSdk(),
      ...(credentials === 'environment' ? [environmentCredentials()] : []),
    ],
  }
}

/** CommonJS dependencies call `require`, which an ES module has to bring along. */
const requireInModule =
  "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);"

const texts: Check = [
  'a list of texts',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
]

const checks = {
  sdk: oneOf('bundled', 'external'),
  credentials: oneOf('environment', 'chain'),
  minify: trueOrFalse,
  conditions: texts,
}
