import { type Mutant, mutant } from '../../simulate/mutants/mutant.ts'

const fresh = 'views/fresh-rows.ts'
const query = 'views/query-view.ts'
const rebuild = 'views/rebuild-view.ts'
const catchUp = 'consumers/catch-up.ts'

/** Does a read show what it must, and a rebuild make what is there? */
export const readsAndRebuilds: readonly Mutant[] = [
  mutant(
    'a read after a commit trusts an older row',
    fresh,
    'if (row !== undefined && row.revision >= revision) return [key, row]',
    'if (row !== undefined && row.revision >= 0) return [key, row]',
  ),
  mutant(
    'of two positions of an entity the older one counts',
    fresh,
    'if ((wanted.get(key)?.revision ?? -1) < position.revision)',
    'if ((wanted.get(key)?.revision ?? Infinity) > position.revision)',
  ),
  mutant(
    'newer rows are not merged into a list',
    query,
    '...[...fresh.values()].filter(isHere)',
    '...[...fresh.values()].filter((row) => page.rows.some(({ key }) => key === row.key) && isHere(row))',
  ),
  mutant(
    'a list keeps what newer rows replace',
    query,
    '...page.rows.filter(({ key }) => !fresh.has(key))',
    '...page.rows',
  ),
  mutant(
    'a list takes newer rows wherever the index has them',
    query,
    'if (entry?.value !== query.value || !isWithin(entry.sort, query)) return false',
    'if (entry === undefined || !isWithin(entry.sort, query)) return false',
  ),
  mutant(
    'newer rows are not held to the bounds of a list',
    query,
    'if (entry?.value !== query.value || !isWithin(entry.sort, query)) return false',
    'if (entry?.value !== query.value) return false',
  ),
  mutant(
    'each page of a list has the newer rows',
    query,
    'return isAfter(query, sort, start) && (page.cursor === undefined || !isAfter(query, sort, end))',
    'return isAfter(query, sort, undefined) || isAfter(query, sort, start) || isAfter(query, sort, end)',
  ),
  mutant(
    'a read of a projection does not wait',
    'views/projection/wait-for-positions.ts',
    'for (let missing = positions, pauseMs = firstPauseMs; missing.length > 0; pauseMs *= 2) {',
    'for (let missing = positions, pauseMs = firstPauseMs; missing.length > 20; pauseMs *= 2) {',
  ),
  mutant(
    'a list of a projection lacks what the index does not show yet',
    'views/projection/projection-reader.ts',
    'const fresh = rowsChangedBy(read, reads, positions, request)',
    'const fresh = rowsChangedBy(read, reads, positions.slice(0, 0), request)',
  ),
  mutant(
    'the version that was chosen is not read',
    'views/chosen-version.ts',
    'const chosen = (await chosenVersion(rows, name)) ?? 0',
    'const chosen = Math.min(0, (await chosenVersion(rows, name)) ?? 0)',
  ),
  mutant(
    'a version is chosen before it has caught up',
    'views/switch-view.ts',
    'const reason = force ? undefined : await whyNotReady(',
    'const reason = force || version > 1 ? undefined : await whyNotReady(',
  ),
  mutant(
    'a rebuild that was killed counts as done',
    rebuild,
    'if (report.complete) await noteRebuilt(rows, view.id, platform.now())',
    'if (report.view !== undefined) await noteRebuilt(rows, view.id, platform.now())',
    ['test/views/rebuild-view.test.ts', 'test/views/switch-view.test.ts'],
  ),
  mutant(
    'a rebuild is noted before it begins',
    rebuild,
    'const done = await catchUp(consumers, {',
    'await noteRebuilt(rows, view.id, platform.now())\n  const done = await catchUp(consumers, {',
  ),
  mutant(
    'a rebuild in which something failed is complete',
    rebuild,
    'complete: done.complete && done.failed === 0,',
    'complete: done.complete,',
  ),
  mutant(
    'a rebuild writes whatever is there',
    rebuild,
    'const done = await rows.write(writes, request)',
    `const there = await rows.get(writes.map(({ row }) => row.key), request)
        const forced = writes.map((write, index) => (isRowOf(id, write.row.key) ? { ...write, when: there[index]?.revision ?? -1 } : write))
        const done = await rows.write(forced, request)`,
  ),
  mutant(
    'a rebuild reads a list that is not complete',
    rebuild,
    "if (feed !== undefined) return { source: 'changes', feed }",
    "if (feed !== undefined && store.keys === undefined) return { source: 'changes', feed }",
  ),
  mutant(
    'a rebuild forgets its place',
    catchUp,
    'const value = progress.complete ? {} : { cursor,',
    'const value = progress.complete || name.endsWith("/rebuild") ? {} : { cursor,',
  ),
  mutant(
    'a rebuild goes on behind what failed',
    catchUp,
    'if (progress.failed === 0 && (page.more',
    'if (progress.changes >= 0 && (page.more',
  ),
  mutant(
    'a rebuild passes over the first entity of a page',
    'views/keys-feed.ts',
    "const page = await keys('', cursor, limit, request)",
    `const [first = ''] = cursor === '' ? [] : (await keys('', cursor, 1, request)).keys
      const page = await keys('', first, limit, request)`,
  ),
  mutant(
    'a rebuild takes a list without its last page',
    'views/keys-feed.ts',
    'more: page.more }',
    "more: page.more && cursor === '' }",
  ),
]
