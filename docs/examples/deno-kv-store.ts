import { oneRequest, recordText, type RequestOptions, type Store, storeFailure } from 'tailfold/store'

type KvKey = readonly (string | number | Uint8Array)[]
type KvEntry = { readonly key: KvKey; readonly value: unknown }

/** The part of `Deno.Kv` that is used: `await Deno.openKv()`. */
export interface DenoKv {
  get(key: KvKey): Promise<KvEntry>
  list(
    selector:
      | { readonly prefix: KvKey; readonly start?: KvKey }
      | { readonly start: KvKey; readonly end: KvKey },
    options: { readonly limit: number; readonly reverse?: boolean },
  ): AsyncIterable<KvEntry>
  set(key: KvKey, value: unknown): Promise<unknown>
  atomic(): KvTransaction
}

interface KvTransaction {
  check(check: { readonly key: KvKey; readonly versionstamp: null }): KvTransaction
  set(key: KvKey, value: unknown, options?: { readonly expireIn?: number }): KvTransaction
  commit(): Promise<{ readonly ok: boolean }>
}

/** A value may have 64 KiB, serialized. Texts take two bytes a character with any beyond Latin-1; bytes do not. */
const maxRecordBytes = 65_000
const [utf8, text] = [new TextEncoder(), new TextDecoder()]

/** A key may have 2,048 bytes: less than an entity's key and a command id. */
async function idOf(key: string, commandId: string): Promise<KvKey> {
  const digest = await crypto.subtle.digest('SHA-256', utf8.encode(JSON.stringify([key, commandId])))
  return ['id', new Uint8Array(digest)]
}

/**
 * A store in Deno KV: an entry for each commit under `['commit', key, revision]`. Reads are consistent by default. Entries
 * are listed by their key part by part, so numbers come in their order. An example, not a product.
 */
export function denoKvStore(kv: DenoKv): Store {
  const records = recordText(maxRecordBytes)

  /** Reports a request. Deno KV names errors by their text alone. */
  async function asRequest<T>(what: string, request: RequestOptions | undefined, work: () => Promise<T>) {
    request?.meter?.(oneRequest)
    return work().catch((cause: Error) => {
      if (cause.name === 'TailfoldError') throw cause
      // The local database is SQLite; it does not wait for the lock of another process.
      const applied = /database is locked/.test(cause.message) ? 'no' : 'unknown'
      throw storeFailure(what, `Deno KV answered ${cause.message}`, { applied, cause })
    })
  }

  async function entries(...args: Parameters<DenoKv['list']>) {
    return Array.fromAsync(kv.list(...args))
  }

  function commitOf({ key: [, key, at], value }: KvEntry) {
    const revision = Number(at)
    const json = text.decode(value as Uint8Array)
    return { revision, record: records.decode(json, { key: String(key), revision }) }
  }

  return {
    // Read units are 4 KiB, write units 1 KiB. The first page is 2 records, as each is billed.
    limits: { maxRecordBytes, billedBytes: 1024, firstPage: 2 },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    append: (key, revision, record, request) =>
      asRequest('append', request, async () => {
        const place = ['commit', key, revision]
        const transaction = kv.atomic().check({ key: place, versionstamp: null })
        transaction.set(place, utf8.encode(records.encode(key, 'commit', record))).set(['key', key], '')
        for (const { commandId, expiresAtEpochSeconds } of request?.ids ?? []) {
          const expireIn = Math.max(1, expiresAtEpochSeconds * 1_000 - Date.now())
          transaction.set(await idOf(key, commandId), revision, { expireIn })
        }
        if ((await transaction.commit()).ok) return { kind: 'appended' }
        return { kind: 'occupied', record: undefined }
      }),

    findCommandId: (key, commandId, request) =>
      asRequest('find a command id', request, async () => {
        const { value } = await kv.get(await idOf(key, commandId))
        return value === null ? undefined : Number(value)
      }),

    recover: (key, limit, request) =>
      asRequest('recover', request, async () => {
        const [{ value }, found] = await Promise.all([
          kv.get(['snapshot', key]),
          entries({ prefix: ['commit', key] }, { limit, reverse: true }),
        ])
        const snapshot = value === null ? undefined : JSON.parse(text.decode(value as Uint8Array))
        return { snapshot, commits: found.map(commitOf), more: found.length === limit }
      }),

    range: (key, from, limit, request) =>
      asRequest('read a range', request, async () => {
        const selector = { prefix: ['commit', key], start: ['commit', key, from] }
        const found = await entries(selector, { limit: Math.min(limit, 100) })
        return { commits: found.map(commitOf), more: found.length === Math.min(limit, 100) }
      }),

    saveSnapshot: (key, snapshot, request) =>
      asRequest('save a snapshot', request, async () => {
        records.encode(key, 'snapshot', snapshot.record)
        await kv.set(['snapshot', key], utf8.encode(JSON.stringify(snapshot)))
      }),

    keys: (prefix, after, limit, request) =>
      asRequest('list keys', request, async () => {
        // No key has a space, which comes before all characters of keys.
        const start = after >= prefix ? `${after} ` : prefix
        const found = await entries({ start: ['key', start], end: ['key', `${prefix}\u007f`] }, { limit })
        return { keys: found.map(({ key }) => String(key[1])), more: found.length === limit }
      }),
  }
}
