import { type Checks, checkOptions } from '../../core/base/check-options.ts'

/** Throws `TypeError` unless it was given an app, and options that are known and what their checks ask for. */
export function checkArguments<Options extends object>(
  of: string,
  app: unknown,
  options: Options,
  checks: Checks<Options>,
): void {
  if (typeof (app as { readonly handle?: unknown } | null | undefined)?.handle !== 'function')
    throw new TypeError(`${of} needs an app as its first argument, as createApp makes it.`)
  checkOptions(of, options, checks)
}
