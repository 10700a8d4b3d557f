import { type Mutant, mutant } from '../../simulate/mutants/mutant.ts'

const deliver = 'consumers/deliver.ts'
const handle = 'consumers/handle-commits.ts'
const hints = 'consumers/hints.ts'
const missing = 'consumers/missing-commits.ts'
const positions = 'consumers/positions.ts'
const consumers = 'consumers/consumers.ts'

/** Is each event handled, in order, and counted as handled only then? */
export const delivering: readonly Mutant[] = [
  mutant(
    'the position is not read',
    deliver,
    'const known = await positions.read(keys, request)',
    'const known = new Map(keys.map((key) => [key, { revision: 0, stored: false }]))',
  ),
  mutant(
    'the position is written before the effect',
    deliver,
    '      const next = await handleNext(delivery, hint, position)\n',
    `      const ahead = { revision: Math.min(hint.head, position.revision + 1_000), hold: position.hold }
      if (ahead.revision > position.revision) await move(delivery, hint.key, position, { ...ahead, handled: true })
      const next = await handleNext(delivery, hint, position)\n`,
  ),
  mutant(
    'the position goes to the head whatever was handled',
    deliver,
    'const revision = first + commits\n',
    'const revision = Number.isFinite(head) ? to : first + commits\n',
  ),
  mutant(
    'what is missing is not read',
    missing,
    'const read = await readCommits(journal, entity, revision, end - revision + 1, request)',
    'const read: readonly Commit[] = []',
  ),
  mutant(
    'what is missing is passed over',
    missing,
    '    request.onRead?.(read.length)\n    commits.push(...read)\n    if (read.length < end - revision + 1) return commits\n',
    '    request.onRead?.(read.length)\n',
  ),
  mutant(
    'what is missing is read one commit short',
    missing,
    'const read = await readCommits(journal, entity, revision, end - revision + 1, request)',
    'const read = await readCommits(journal, entity, revision, Math.max(1, end - revision), request)',
  ),
  mutant(
    'what is missing is read with eventual consistency',
    'stores/dynamodb/requests.ts',
    'ConsistentRead: input.IndexName === undefined,',
    'ConsistentRead: false,',
    ['test/stores/dynamodb/store.test.ts'],
  ),
  mutant(
    'the commit at the position is handled again',
    missing,
    'for (let revision = after + 1; revision <= head; ) {',
    'for (let revision = Math.max(1, after); revision <= head; ) {',
  ),
  mutant(
    'the last change that names an entity is its head',
    hints,
    'hint.head = Math.max(hint.head, revision)',
    'hint.head = revision',
  ),
  mutant(
    'the highest failed change is reported',
    consumers,
    'places.length === 0 ? undefined : Math.min(...places)',
    'places.length === 0 ? undefined : Math.max(...places)',
  ),
  mutant(
    'the place of a failed change is counted among the commits alone',
    'runtimes/lambda/stream-handler.ts',
    'decoded[place]?.record.dynamodb?.SequenceNumber',
    'recordsOf(event)[place]?.dynamodb?.SequenceNumber',
    ['test/runtimes/lambda/stream-handler.test.ts'],
  ),
  mutant(
    'what failed is not reported',
    deliver,
    '    tally.failed(hint, failure.error)\n    return { revision',
    '    return { revision',
  ),
  mutant(
    'a refused move of a position counts as done',
    positions,
    'const moved = await rows.write([...writes, ...others], request)',
    'const moved = (await rows.write([...writes, ...others], request)) || true',
  ),
  mutant(
    'a move of unknown outcome counts as done',
    deliver,
    "if (!isTailfoldError(error, 'store-unavailable') || error.data.applied === 'no') throw error\n    return false",
    "if (!isTailfoldError(error, 'store-unavailable') || error.data.applied === 'no') throw error\n    return true",
  ),
  mutant(
    'positions are written without a condition',
    'consumers/position-row.ts',
    'when: from.stored ? from.revision : -1 }',
    "when: hold === undefined && from.hold === undefined ? 'newer' : from.stored ? from.revision : -1 }",
  ),
  mutant(
    'a position is read again with eventual consistency',
    positions,
    'remembered.forget(keys)\n    return fetch(keys, request)',
    "remembered.forget(keys)\n    return fetch(keys, { ...request, consistency: 'eventual' })",
  ),
  mutant(
    'an error that passes by itself counts as handled',
    handle,
    "if (passesByItself(error)) return { kind: 'later', error }",
    'if (passesByItself(error)) return undefined',
  ),
  mutant('a handler that fails is not tried again', handle, 'const tries = 3', 'const tries = 1'),
  mutant(
    'the deadline is not looked at',
    handle,
    'if (!(await mayBegin()))',
    'if (!(await mayBegin()) && platform.now() < 0)',
    ['test/consumers/deliver.test.ts'],
  ),
  mutant(
    'a consumer from now is given what is older',
    deliver,
    'if (position.stored || startTime === undefined) return position.revision',
    'if (position.stored || startTime !== undefined) return position.revision',
    ['test/consumers/deliver.test.ts'],
  ),
  mutant(
    'a consumer from now begins at the head',
    'consumers/first-position.ts',
    'let older = head\n  for',
    'let older = head\n  if (time > 0) return head\n  for',
    ['test/consumers/deliver.test.ts'],
  ),
  mutant(
    'a row is written if it is newer than what was read a moment ago',
    'views/keep-row.ts',
    "await rows.write([{ row, when: 'newer' }], request)",
    'const [before] = await rows.get([row.key], request)\n  if ((before?.revision ?? -1) < row.revision) await rows.write([{ row, when: before?.revision ?? -1 }], request)',
    ['test/views'],
  ),
]
