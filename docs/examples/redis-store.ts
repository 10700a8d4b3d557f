import { oneRequest, recordText, type RequestOptions, type Store, storeFailure } from 'tailfold/store'

/** Sends one command: `(args) => client.sendCommand(args)` of `@redis/client`. */
export type SendCommand = (args: string[]) => Promise<unknown>

const namesOf = (key: string) => [`commits:{${key}}`, `snapshot:{${key}}`, `ids:{${key}}`, 'keys']

/** A script runs alone. The stream takes ids that ascend, so revision n is `n-0`. */
const append = `
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local top = newest and tonumber(string.match(newest[1], '^%d+')) or 0
local revision = tonumber(ARGV[1])
if revision <= top then
  local present = redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', ARGV[1] .. '-0')[1]
  return { 'occupied', present and present[2][2] }
end
local hash = newest and cjson.decode(newest[2][2]).h or ''
if revision ~= top + 1 or (ARGV[3] ~= '?' and ARGV[3] ~= hash) then return { 'behind' } end
redis.call('XADD', KEYS[1], ARGV[1] .. '-0', 'record', ARGV[2])
redis.call('ZADD', KEYS[4], 0, ARGV[4])
for i = 5, #ARGV, 2 do
  redis.call('SET', KEYS[3] .. ARGV[i], ARGV[1], 'EXAT', ARGV[i + 1])
end
return { 'appended' }`

const saveSnapshot = `
local present = redis.call('GET', KEYS[2])
local old, new = present and cjson.decode(present), cjson.decode(ARGV[1])
if not old or new.schemaVersion > old.schemaVersion
  or (new.schemaVersion == old.schemaVersion and new.revision >= old.revision) then
  redis.call('SET', KEYS[2], ARGV[1])
end`

const recover =
  "return { redis.call('GET', KEYS[2]), redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1]) }"

type Entries = [id: string, fields: [name: string, record: string]][]

/** Errors that come before a script has written anything. */
const refusals = /^(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|OOM|READONLY)\b/

/**
 * A store in one Redis server, 7.0 or newer, with `appendonly yes` and `appendfsync always`: a stream of commits for each
 * key. An example, not a product.
 */
export function redisStore(send: SendCommand, maxRecordBytes = 400 * 1024): Store {
  const records = recordText(maxRecordBytes)

  async function command(operation: string, args: string[], request: RequestOptions | undefined) {
    request?.meter?.(oneRequest)
    return send(args).catch((cause: Error) => {
      const applied = refusals.test(cause.message) ? 'no' : 'unknown'
      throw storeFailure(operation, `Redis answered ${cause.message}`, { applied, cause })
    })
  }

  /** Runs a script on the names of a key: one round trip. */
  function run(what: string, script: string, key: string, args: string[], request?: RequestOptions) {
    const names = namesOf(key)
    return command(what, ['EVAL', script, String(names.length), ...names, ...args], request)
  }

  const commitsOf = (key: string, entries: Entries) =>
    entries.map(([id, [, record]]) => {
      const revision = Number.parseInt(id, 10)
      return { revision, record: records.decode(record, { key, revision }) }
    })

  return {
    limits: { maxRecordBytes, billedBytes: 4 * 1024 },
    recordBytes: (key, _revision, record) => records.bytes(key, record),

    async append(key, revision, record, request = {}) {
      const ids = (request.ids ?? []).flatMap((id) => [id.commandId, String(id.expiresAtEpochSeconds)])
      const text = records.encode(key, 'commit', record)
      const args = [String(revision), text, request.previousHash ?? '?', key, ...ids]
      const [kind, present] = (await run('append', append, key, args, request)) as string[]
      if (kind !== 'occupied') return { kind } as { kind: 'appended' | 'behind' }
      return { kind, record: present ? records.decode(present, { key, revision }) : undefined }
    },

    async findCommandId(key, commandId, request) {
      const found = await command('find a command id', ['GET', `${namesOf(key)[2]}${commandId}`], request)
      return found === null ? undefined : Number(found)
    },

    async recover(key, limit, request) {
      const answer = await run('recover', recover, key, [String(limit)], request)
      const [snapshot, entries] = answer as [string | null, Entries]
      const commits = commitsOf(key, entries)
      return {
        snapshot: snapshot ? JSON.parse(snapshot) : undefined,
        commits,
        more: entries.length === limit,
      }
    },

    async range(key, from, limit, request) {
      // A page must not fill the memory: 20 of the largest records are 8 MB.
      const count = Math.min(limit, 20)
      const args = ['XRANGE', namesOf(key)[0] as string, `${from}-0`, '+', 'COUNT', String(count)]
      const commits = commitsOf(key, (await command('read a range', args, request)) as Entries)
      return { commits, more: commits.length === count }
    },

    async saveSnapshot(key, snapshot, request) {
      records.encode(key, 'snapshot', snapshot.record)
      await run('save a snapshot', saveSnapshot, key, [JSON.stringify(snapshot)], request)
    },

    async keys(prefix, after, limit, request) {
      const from = after > prefix ? `(${after}` : `(${prefix}`
      const args = ['ZRANGE', 'keys', from, `(${prefix}\u007f`, 'BYLEX', 'LIMIT', '0', String(limit + 1)]
      const keys = (await command('list keys', args, request)) as string[]
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },
  }
}
