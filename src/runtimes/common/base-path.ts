import type { Check } from '../../core/base/check-options.ts'

/** A path that names nothing in any app: what lies outside of a base path is not found. */
export const nowhere = '//'

/** The value of the option `basePath` begins with a slash, or is empty. */
export const pathCheck: Check = [
  "a path such as '/v1'",
  (value) => typeof value === 'string' && /^(\/|$)/.test(value),
]

/** The option `basePath` without its last slash. */
export function basePathOf(basePath = ''): string {
  return basePath.replace(/\/+$/, '')
}

/** The path below `prefix`; `undefined` outside of it. */
export function pathBelow(path: string, prefix: string): string | undefined {
  if (prefix === '') return path
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return undefined
  return path.slice(prefix.length) || '/'
}
