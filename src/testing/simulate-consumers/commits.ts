import type { Platform } from '../../core/base/platform.ts'
import { createEngine } from '../../core/engine/engine.ts'
import type { Change } from '../../core/journal/journal.ts'
import { keyValueJournal } from '../../journal/key-value-journal.ts'
import type { Store } from '../../journal/store.ts'
import { memoryStore } from '../../stores/memory/store.ts'
import { type Code, entitiesOf, entityKeys, type NumberedCommand } from './entities.ts'
import type { ConsumersPlan } from './plan.ts'

/** The journal of a history, as it grows. */
export interface Commits {
  readonly store: Store
  /** Every commit there is, in order. */
  readonly changes: readonly Change[]
  /** The revision of an entity's last commit; 0 for none. */
  headOf(key: string): number
  /** The number of the last event of a commit. */
  lastOf(key: string, revision: number): number
  /** Writes the next commit of the plan; the change that it made, `undefined` after the last one. */
  writeNext(): Promise<Change | undefined>
}

/** Begins with the commits of a plan that are not late. */
export async function startCommits(
  { commits, rebuild }: Pick<ConsumersPlan, 'commits' | 'rebuild'>,
  platform: Platform,
): Promise<Commits> {
  const store = memoryStore()
  const codes = ([1, 2] as const).map((code: Code) => entitiesOf(code))
  const engines = codes.map(({ stepper, hauler }) => {
    const [steppers, haulers] = [stepper, hauler].map((each) =>
      createEngine(each, { journal: keyValueJournal(store), platform }),
    )
    return { stepper: steppers, hauler: haulers }
  })
  const early = commits.length - (rebuild?.lateCommits ?? 0)
  const changes: Change[] = []
  const heads = new Map<string, number>()
  const lasts = new Map<string, number>()
  let cursor: string | undefined
  let next = 0

  let last: Promise<Change | undefined> = Promise.resolve(undefined)

  /** One after the other: the code of one version may lose a race against that of the other, and wait. */
  async function writeNext(): Promise<Change | undefined> {
    last = last.then(write)
    return last
  }

  async function write(): Promise<Change | undefined> {
    const index = next++
    const number = commits[index]
    if (number === undefined) return undefined
    const { entityType, entityId, tenant } = entityKeys[number] as (typeof entityKeys)[number]
    // Late commits are written by the code of both versions.
    const engine = engines[index < early ? 0 : index % 2]?.[entityType as 'stepper' | 'hauler']
    await engine?.execute(entityId, commandOf(index), { tenant, commandId: `command-${index}` })
    const page = await store.changes?.(cursor, 1)
    cursor = page?.cursor
    const [change] = page?.changes ?? []
    if (change === undefined) return undefined
    const { key, revision, record } = change
    heads.set(key, revision)
    lasts.set(`${key} ${revision}`, Number(record?.['n']))
    changes.push(change)
    return change
  }

  while (next < early) await writeNext()
  for (const { stepper, hauler } of engines) for (const engine of [stepper, hauler]) await engine?.idle()
  return {
    store,
    changes,
    headOf: (key) => heads.get(key) ?? 0,
    lastOf: (key, revision) => lasts.get(`${key} ${revision}`) ?? 0,
    writeNext,
  }
}

/** What writes the commit of a number: one or two events, or none. */
function commandOf(index: number): NumberedCommand {
  if (index % 6 === 4) return index % 4 === 0 ? { type: 'Refuse', events: 0 } : { type: 'Step', events: 0 }
  return { type: 'Step', events: index % 3 === 0 ? 2 : 1 }
}
