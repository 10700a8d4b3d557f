/** A key of a row or of a position: its tenant with a slash, what it is of, and the rest. */
export interface ParsedKey {
  readonly tenant: string
  readonly kind: 'w' | 'p'
  readonly consumerId: string
  readonly rest: string
}

/** Whether a consumer is the view of these histories. */
export function isOfView(consumerId: string): boolean {
  return consumerId.startsWith('steps@')
}

/** The version of a consumer, by its id. */
export function versionOf(consumerId: string): number {
  return Number(consumerId.slice(consumerId.indexOf('@') + 1))
}

/** The parts of a key; `undefined` where it is of something else. */
export function parseKey(key: string): ParsedKey | undefined {
  const [, tenant = '', kind, consumerId, rest] = /^(~[^/]+\/)?([wp])\/([^/]+)\/(.+)$/.exec(key) ?? []
  if (kind === undefined || consumerId === undefined || rest === undefined) return undefined
  return { tenant, kind: kind as ParsedKey['kind'], consumerId, rest }
}
