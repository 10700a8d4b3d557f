/** Names of this machine that no name server can give to another one. */
const loopback: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Tells whether a request with this `Host` header is served. */
export type HostCheck = (header: string | undefined) => boolean

/**
 * Checks `Host`, against DNS rebinding: a web page whose name an attacker lets point to this machine reaches a server that
 * listens on it, but cannot hide that name. Without `allowed`, a server on a loopback address answers to that address and
 * to `localhost`, any other one to all names, as it cannot know them.
 */
export function hostCheck(host: string, allowed: readonly string[] | 'any' | undefined): HostCheck {
  const own = host.includes(':') ? `[${host}]` : host
  const isLocal = loopback.includes(own) || own.startsWith('127.')
  if (allowed === 'any' || (allowed === undefined && !isLocal)) return () => true
  const names = new Set([...loopback, own, ...(allowed ?? [])].map((name) => name.toLowerCase()))
  return (header = '') => names.has(header.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, ''))
}
