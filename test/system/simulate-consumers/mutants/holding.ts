import { type Mutant, mutant } from '../../simulate/mutants/mutant.ts'

const deliver = 'consumers/deliver.ts'
const handle = 'consumers/handle-commits.ts'
const held = 'consumers/held-entities.ts'
const heldWalk = 'consumers/held-walk.ts'
const positionRow = 'consumers/position-row.ts'

/** Does an entity that cannot be handled wait, alone, and go on where it stopped? */
export const holding: readonly Mutant[] = [
  mutant(
    'a parked entity is still delivered',
    deliver,
    "if (hold?.state === 'parked' || (hold !== undefined && !takesHeld)) return tally.held()",
    "if (hold !== undefined && hold.state !== 'parked' && !takesHeld) return tally.held()",
  ),
  mutant(
    'another process forgets that an entity is parked',
    positionRow,
    '  if (state === undefined) return position\n',
    "  if (state !== 'retry') return position\n",
  ),
  mutant(
    'a process remembers what is held',
    'consumers/remembered-positions.ts',
    'if (position.hold !== undefined || !position.stored) return',
    'if (!position.stored) return',
  ),
  mutant(
    'the mark of an entity that is far behind is lost',
    deliver,
    "return { revision: first, handled: false, hold: holdAt('behind', now, undefined) }",
    'return { revision: first, handled: false, hold: undefined }',
    ['test/consumers/deliver.test.ts'],
  ),
  mutant(
    'entities that are far behind are never delivered',
    heldWalk,
    "const states = ['retry', 'behind'] as const",
    "const states = ['retry'] as const",
    ['test/consumers/deliver.test.ts'],
  ),
  mutant(
    'entities that were released are never delivered',
    heldWalk,
    "const states = ['retry', 'behind'] as const",
    "const states = ['behind'] as const",
  ),
  mutant(
    'a commit that cannot be handled is passed over',
    handle,
    "return { kind: 'poison', error }",
    'return undefined',
  ),
  mutant(
    'a commit that cannot be handled is left for later',
    handle,
    "return { kind: 'poison', error }",
    "return { kind: 'later', error }",
  ),
  mutant(
    'an error that passes by itself parks',
    deliver,
    "if (failure?.kind === 'poison') {",
    'if (failure !== undefined) {',
  ),
  mutant(
    'one entity that is parked ends the batch',
    deliver,
    'if (next.parked !== undefined) return tally.parked(next.parked)',
    "if (next.parked !== undefined) throw new Error('parked')",
  ),
  mutant(
    'an entity parked by a write of unknown outcome is not reported',
    deliver,
    'perhapsParked = next.parked\n',
    'perhapsParked = undefined\n',
    ['test/consumers/parking.test.ts'],
  ),
  mutant(
    'a retry passes over the commit that failed',
    held,
    'release(rows, consumerId, entityKey, ({ revision }) => revision)',
    'release(rows, consumerId, entityKey, ({ revision }) => revision + 1)',
  ),
  mutant(
    'a skip passes over whatever failed',
    held,
    'parked.revision + 1 === revision ? revision : undefined',
    'parked.revision > 0 ? revision : undefined',
    ['test/consumers/parking.test.ts'],
  ),
  mutant(
    'a record that cannot be read holds up the batch',
    handle,
    "return isTailfoldError(error, 'journal-corrupt')",
    "return isTailfoldError(error, 'not-json')",
    ['test/consumers/parking.test.ts'],
  ),
  mutant(
    'a row is removed and written again, whatever is there',
    'views/keep-row.ts',
    "await rows.write([{ row, when: 'newer' }], request)",
    'await rows.remove([row.key], request)\n  await rows.write([{ row, when: -1 }], request)',
    ['test/views'],
  ),
  mutant(
    'a state that has no row parks its entity silently',
    'consumers/update-states.ts',
    'await hold(delivery, key, { error })\n',
    '',
    ['test/views'],
  ),
]
