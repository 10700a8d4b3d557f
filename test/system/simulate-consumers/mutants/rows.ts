import { type Mutant, mutant } from '../../simulate/mutants/mutant.ts'

const keepRow = 'views/keep-row.ts'
const viewRow = 'views/view-row.ts'
const project = 'views/projection/project.ts'
const foldGroup = 'views/projection/fold-group.ts'
const projectedRow = 'views/projection/projected-row.ts'

/** Are rows what states and events make, each event once? */
export const rows: readonly Mutant[] = [
  mutant(
    'a row is written whatever is there',
    keepRow,
    "await rows.write([{ row, when: 'newer' }], request)",
    'const [before] = await rows.get([row.key], request)\n  await rows.write([{ row, when: before?.revision ?? -1 }], request)',
  ),
  mutant(
    'a row of equal content counts as written',
    keepRow,
    'if (stored !== undefined && stored.revision >= enough) return',
    'if (stored !== undefined && (stored.revision >= enough || JSON.stringify(stored.value) === JSON.stringify(row.value))) return',
    ['test/views/view.test.ts'],
  ),
  mutant(
    'a commit without events proves more than one row',
    keepRow,
    'const enough = commit === undefined ? row.revision : row.revision - 1',
    'const enough = row.revision - 1',
  ),
  mutant(
    'a state of another schema version is taken as it is',
    keepRow,
    'const read = newest !== undefined && riding?.schemaVersion === resolved.schemaVersion ? riding : undefined',
    'const read = newest !== undefined && resolved.schemaVersion > 0 ? riding : undefined',
  ),
  mutant(
    'a state that rides is read again',
    keepRow,
    'read === undefined || newest === undefined',
    'read === undefined || newest === undefined || newest.revision > 0',
  ),
  mutant(
    'a tombstone has no revision',
    viewRow,
    'return { key, revision, expiresAtEpochSeconds:',
    'return { key, revision: 0, expiresAtEpochSeconds:',
  ),
  mutant(
    'a row that is gone is removed without a tombstone',
    keepRow,
    "await rows.write([{ row, when: 'newer' }], request)",
    "if (row.value === undefined) return rows.remove([row.key], request)\n  await rows.write([{ row, when: 'newer' }], request)",
  ),
  mutant(
    'an older version of the code writes to the rows of the newer one',
    viewRow,
    'return `${tenantPrefix(tenant)}w/${id}/`',
    "return `${tenantPrefix(tenant)}w/${id.replace(/@.*/, '@2')}/`",
  ),
  mutant(
    'rows of tenants are not kept apart',
    viewRow,
    "return tenant === undefined ? '' : `~${tenant}/`",
    "return tenant === undefined ? '' : ''",
  ),
  mutant(
    'row and position of a projection are two writes',
    project,
    '(await delivery.positions.moveWith(moves, rows, delivery.request))',
    '((await delivery.positions.moveWith(moves, [], delivery.request)) && (rows.length === 0 || (await delivery.rows.write(rows, delivery.request))))',
  ),
  mutant(
    'the rows of a projection are written before its positions',
    project,
    '(await delivery.positions.moveWith(moves, rows, delivery.request))',
    '((rows.length === 0 || (await delivery.rows.write(rows, delivery.request))) && (await delivery.positions.moveWith(moves, [], delivery.request)))',
  ),
  mutant(
    'a refused write of a projection counts as done',
    project,
    '(await delivery.positions.moveWith(moves, rows, delivery.request))',
    '(await delivery.positions.moveWith(moves, rows, delivery.request)) !== undefined',
  ),
  mutant(
    'a row of a projection is written whatever is there',
    foldGroup,
    'const revision = (rows.get(key)?.revision ?? -1) + 1',
    'const revision = Math.max(0, rows.get(key)?.revision ?? 0)',
  ),
  mutant(
    'a projection does not read again what a refused write was made from',
    project,
    '  batch.rows.forget(group.rowKeys)\n',
    '',
  ),
  mutant(
    'a projection delivers a parked entity',
    project,
    "else if (hold?.state === 'parked' || (hold !== undefined && !takesHeld)) tally.held()",
    "else if (hold !== undefined && hold.state !== 'parked' && !takesHeld) tally.held()",
  ),
  mutant(
    'an event that no fold takes is passed over',
    foldGroup,
    '        stop = stopAt(error)\n        break\n',
    '        stop = stopAt(error)\n        commits.push(step.commit)\n        stop = undefined\n',
  ),
  mutant(
    'what is released is read with eventual consistency',
    project,
    'delivery.replay ? positions.readAllAgain : positions.read',
    'delivery.replay ? positions.read : positions.read',
  ),
  mutant(
    'an event changes a row once for each time that its key names it',
    'views/projection/fold.ts',
    'return [...new Set(keys)].map(',
    'return keys.map(',
  ),
  mutant(
    'an event changes only the first of its rows',
    'views/projection/fold.ts',
    'return [...new Set(keys)].map(',
    'return [...new Set(keys)].slice(0, 1).map(',
  ),
  mutant(
    'the events of an entity go to the part of the process',
    project,
    'positions.get(hint.key)?.part ?? part',
    'part ?? positions.get(hint.key)?.part',
  ),
  mutant(
    'a part is not kept with the position',
    'consumers/position-row.ts',
    'const value = { ...hold, part }',
    'const value = { ...hold, part: part === undefined ? part : undefined }',
  ),
  mutant(
    'the key of a part is that of the row',
    projectedRow,
    'return part === undefined ? key : `${key}/${part}`',
    'return part === undefined ? key : `${key}/0`',
  ),
  mutant(
    'parts are not merged',
    projectedRow,
    'others.reduce(mergeTwo, first)',
    'others.length < 0 ? others.reduce(mergeTwo, first) : first',
  ),
]
