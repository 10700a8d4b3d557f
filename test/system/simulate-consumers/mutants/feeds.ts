import { type Mutant, mutant } from '../../simulate/mutants/mutant.ts'

const followOne = 'consumers/follow-one.ts'
const sqlite = 'stores/sqlite/feed.ts'
const shards = 'stores/dynamodb/streams/shards.ts'
const followTests = ['test/consumers/follow.test.ts']
const sqliteTests = ['test/stores/sqlite/sqlite.test.ts', 'test/stores/sqlite/migrate.test.ts']
const streamTests = ['test/stores/dynamodb/streams/feed.test.ts']

/** Does a feed bring every commit, and does a follower keep its place? */
export const feeds: readonly Mutant[] = [
  mutant(
    'a feed that lost its place is read on',
    followOne,
    "if (isTailfoldError(error, 'feed-lost')) {",
    "if (isTailfoldError(error, 'not-json')) {",
    followTests,
  ),
  mutant(
    'a follower keeps a place behind what failed',
    followOne,
    'const held = await kept.hold(settledPlace())',
    'const held = await kept.hold(reading ? { cursor, replay } : undefined)',
    followTests,
  ),
  mutant(
    'a follower does not deliver again what failed',
    'consumers/settled-deliveries.ts',
    'if (head > 0) unsettled.set(key,',
    'if (head < 0) unsettled.set(key,',
    followTests,
  ),
  mutant(
    'a follower begins at the beginning each time',
    followOne,
    "if (held !== 'taken' && !reading) ({ cursor, replay = false } = held)",
    'if (held === undefined) cursor = held',
    followTests,
  ),
  mutant(
    'every follower reads, whoever holds the lease',
    'consumers/feed-cursor.ts',
    'return now() - seen.at <= leaseMs',
    'return now() < seen.at',
    followTests,
  ),
  mutant(
    'a catch-up keeps its place behind what failed',
    'consumers/catch-up.ts',
    'if (progress.failed === 0 && (page.more',
    'if (progress.failed >= 0 && (page.more',
    followTests,
  ),
  mutant(
    'SQLite: a feed starts at the latest commit',
    sqlite,
    'if (cursor === undefined) return 0',
    'if (cursor === undefined) return lastPosition(statements)',
    sqliteTests,
  ),
  mutant(
    'SQLite: positions of removed commits are used again',
    'stores/sqlite/stored-form.ts',
    'position INTEGER PRIMARY KEY AUTOINCREMENT,',
    'position INTEGER PRIMARY KEY,',
    sqliteTests,
  ),
  mutant(
    'SQLite: a cursor passes over what was appended since the page was read',
    sqlite,
    "cursor: `${position}.${hashAt(statements, position) ?? ''}`, more }",
    "cursor: `${lastPosition(statements)}.${hashAt(statements, lastPosition(statements)) ?? ''}`, more }",
    sqliteTests,
  ),
  mutant(
    'SQLite: a cursor of another file is taken',
    sqlite,
    'if (found !== undefined && found !== hash)',
    'if (found !== undefined && hash === undefined)',
    ['test/stores/sqlite/feed.test.ts'],
  ),
  mutant(
    'PostgreSQL: what becomes visible late is passed over',
    'stores/postgres/feed.ts',
    'AND xid < pg_snapshot_xmin(pg_current_snapshot())\n',
    '\n',
    ['test/clouds/stores/postgres-feed.test.ts'],
  ),
  mutant(
    'DynamoDB: a shard is read from its latest record',
    'stores/dynamodb/streams/requests.ts',
    "ShardIteratorType: 'TRIM_HORIZON' as const",
    "ShardIteratorType: 'LATEST' as const",
    streamTests,
  ),
  mutant(
    'DynamoDB: records that were deleted unread are passed over',
    'stores/dynamodb/streams/shard-reader.ts',
    "if (page === 'trimmed') throw changesTrimmed(tableName)",
    "if (page === 'trimmed') page = { records: [], next: undefined }",
    streamTests,
  ),
  mutant(
    'DynamoDB: another stream counts as the same',
    'stores/dynamodb/streams/feed.ts',
    'if (from.stream !== stream) throw feedLost',
    "if (from.stream === '') throw feedLost",
    streamTests,
  ),
  mutant(
    'DynamoDB: children are read beside their parents',
    shards,
    'positions[id] !== null && (parent === undefined || (positions[parent] ?? null) === null)',
    'positions[id] !== null && parent !== id',
    streamTests,
  ),
  mutant(
    'DynamoDB: a shard that is gone counts as read',
    shards,
    'if (position !== null && !ids.has(id))',
    'if (position === undefined && !ids.has(id))',
    streamTests,
  ),
  mutant(
    'DynamoDB: every item is a commit',
    'stores/dynamodb/streams/stream-record.ts',
    'const hint = isCommit(image) ? hintOf(image) : undefined',
    'const hint = hintOf(image)',
    ['test/stores/dynamodb/streams/stream-record.test.ts'],
  ),
]
