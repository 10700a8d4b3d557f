import { checkNames } from '../../core/base/check-options.ts'

/** Throws `TypeError` unless it was given an app, and options that are known. */
export function checkArguments(of: string, app: unknown, options: object, known: object): void {
  if (typeof (app as { readonly handle?: unknown } | null | undefined)?.handle !== 'function')
    throw new TypeError(`${of} needs an app as its first argument, as createApp makes it.`)
  checkNames(of, options, known)
}
