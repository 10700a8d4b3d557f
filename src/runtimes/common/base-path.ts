/** A path that names nothing in any app: what lies outside of a base path is not found. */
export const nowhere = '//'

/** The option `basePath` without its last slash. Throws `TypeError` unless it begins with a slash or is empty. */
export function basePathOf(basePath = ''): string {
  if (basePath === '' || basePath.startsWith('/')) return basePath.replace(/\/+$/, '')
  throw new TypeError(`basePath must begin with a slash, not ${JSON.stringify(basePath)}.`)
}

/** The path below `prefix`; `undefined` outside of it. */
export function pathBelow(path: string, prefix: string): string | undefined {
  if (prefix === '') return path
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return undefined
  return path.slice(prefix.length) || '/'
}
